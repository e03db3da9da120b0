import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { send } from '../support/http.js';
import { openRaw } from '../support/raw.js';
import { timeLimit } from '../support/time-limit.js';
import { claims, createSigningKey, sign, unsigned } from '../support/tokens.js';
import { expectUnmarked, logFromNow } from './leaks/expect-unmarked.js';
import { FAILURES, mend } from './leaks/failures.js';
import { MARKS, marked } from './leaks/marks.js';
import { ask, makeRequests } from './leaks/requests.js';
import { type MarkedSystem, startMarkedSystem } from './leaks/system.js';

describe('Names and secrets', () => {
  let system: MarkedSystem;
  let quoting: MarkedSystem;
  let log: () => string;
  before(async () => {
    // The one with a Redis that lacks a command, which it quotes with its arguments.
    const both = [
      startMarkedSystem(),
      startMarkedSystem({ 'rename-command': 'PFCOUNT ""' }),
    ] as const;
    [system, quoting] = await Promise.all(both);
    // The profile is taken while all that follows goes wrong.
    system.es.child.kill('SIGUSR1');
  });
  beforeEach(() => {
    log = logFromNow(system);
  });
  after(() => Promise.all([system.close(), quoting.close()]));

  for (const [title, { make, meanwhile, evidence }] of Object.entries(FAILURES)) {
    it(`are nowhere after ${title}`, async () => {
      await make(system);
      const requests = makeRequests(system.urls, system.grpc);
      await meanwhile?.(system, log);
      const outcomes = await requests;
      // Of requests that fail alike only some are logged, so those of before may have left no room.
      for (const end = Date.now() + timeLimit(3_000); Date.now() < end && !evidence.test(log()); ) {
        outcomes.push(...(await makeRequests(system.urls, system.grpc)));
      }
      await mend(system);
      expectUnmarked(log(), outcomes);
      expect(log()).to.match(evidence);
    });
  }

  it('are nowhere after a command that Redis does not know', async () => {
    const text = logFromNow(quoting);
    const outcomes = await makeRequests(quoting.urls, quoting.grpc);
    expectUnmarked(text(), outcomes);
    expect(text()).to.contain('ERR unknown command');
  });

  it('are nowhere after credentials that are refused', async () => {
    const stranger = await createSigningKey('stranger');
    const payload = claims({ sub: MARKS.subject });
    const credentials = [
      `Bearer ${MARKS.userId}`,
      `Basic ${MARKS.userId}`,
      MARKS.apiKey,
      `Bearer ${unsigned(payload)}`,
      `Bearer ${await sign(stranger, payload)}`,
    ];
    const outcomes = credentials.flatMap((authorization) =>
      Object.values(system.urls).map((url) =>
        ask(url, '/segment/other', { headers: { authorization } }),
      ),
    );
    expectUnmarked(log(), await Promise.all(outcomes));
    expect(log()).to.contain('the keys of tokens cannot be fetched from ');
  });

  it('are nowhere after bytes that are no HTTP', async () => {
    const outcomes = Object.values(system.urls).flatMap((url) =>
      [
        `GET /${MARKS.userId} HTTP/9.9`,
        `${MARKS.userId} / HTTP/1.1`,
        `GET / HTTP/1.1\r\n${MARKS.userId} x`,
      ].map(async (start) => {
        const connection = await openRaw(Number(new URL(url).port));
        connection.send(`${start}\r\n\r\n`);
        const text = await connection.receive();
        connection.close();
        return { what: start, isFailure: true, text };
      }),
    );
    expectUnmarked(log(), await Promise.all(outcomes));
  });

  it('are in no metric, trace or CPU profile', async () => {
    const headers = { authorization: `Bearer ${MARKS.apiKey}` };
    for (const url of Object.values(system.urls)) {
      const { status, text } = await send(url, '/metrics', { headers });
      expect(status).to.equal(200);
      expect(marked(text)).to.deep.equal([]);
    }
    expect(system.spans.some(({ name }) => name.includes('store'))).to.equal(true);
    expect(marked(system.spans.map((span) => JSON.stringify(span)).join('\n'))).to.deep.equal([]);
    await system.es.printed(/wrote .*\.cpuprofile/);
    const [profile = ''] = readdirSync(system.diagnostics).filter((name) =>
      name.endsWith('.cpuprofile'),
    );
    expect(marked(readFileSync(join(system.diagnostics, profile), 'utf8'))).to.deep.equal([]);
  });
});
