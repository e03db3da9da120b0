import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { createTally, type Tally } from '../../scripts/import/tally.js';
import { type PostedMembership, type Service, upload } from '../../scripts/import/upload.js';
import { countExactly, type ExactCounts, verify } from '../../scripts/import/verify.js';
import { startEs } from '../../src/es/service.js';
import { esConfig, startRedis } from '../support/system.js';

const ROWS = 2_500;

function* memberships(): Generator<PostedMembership> {
  for (let row = 1; row <= ROWS; row += 1) {
    yield { line: row + 1, segment: row % 500 === 0 ? '' : `s${row % 40}`, user_id: `u${row}` };
  }
}

async function* rows(): AsyncGenerator<PostedMembership> {
  yield* memberships();
}

/** What the service refuses, by line. */
const ERRORS = [501, 1_001, 1_501, 2_001, 2_501];

/** What became of the rows, also where they were not all sent. */
async function uploadTo(service: Service): Promise<Tally & { error?: Error }> {
  const tally = createTally();
  const watch = { signal: new AbortController().signal };
  const error = await upload(rows(), service, tally, watch).catch((reason) => reason);
  return { ...tally, ...(error && { error }) };
}

describe('An import into a service that takes no more for now', () => {
  const opened: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  it('goes on when it is let, and verifies likewise', async () => {
    const redis = await startRedis();
    opened.push(redis);
    const rateLimit = { perSecond: 2_000, burst: 700 };
    const es = await startEs(esConfig(redis.url, { http: { port: 0, rateLimit } }));
    opened.push(es);
    await es.ready;
    const service = { url: `http://127.0.0.1:${es.httpPort}`, headers: {} };
    const { stored, refused, shown } = await uploadTo(service);
    expect([stored, refused]).to.deep.equal([ROWS - 5, 5]);
    expect(shown.map(({ line }) => line)).to.deep.equal(ERRORS);
    const exact: ExactCounts = new Map();
    for (const { segment, user_id: user } of memberships()) {
      if (segment !== '') countExactly(exact, String(segment), String(user), Date.now());
    }
    for (const { ok, segment } of await verify(exact, service, 14))
      expect(ok, segment).to.equal(true);
  });

  /** A service that does each time what it is told, and notes the first line that it is sent. */
  async function startServer(
    answers: readonly [status: number | 'cut', line?: number | undefined, wait?: string][],
  ) {
    const firstLines: string[] = [];
    const server: Server = createServer(async (request, response) => {
      const lines = (await text(request)).split('\n');
      firstLines.push(JSON.parse(lines[0] as string).user_id);
      const [status, line, wait] = answers[firstLines.length - 1] ?? [202];
      if (status === 'cut') {
        response.writeHead(202, { 'content-length': '100' }).write('{');
        response.destroy();
        return;
      }
      const accepted = status === 202 ? lines.length : (line ?? 1) - 1;
      response.writeHead(status, wait === undefined ? {} : { 'retry-after': wait });
      response.end(JSON.stringify({ accepted, rejected: 0, errors: [], line }));
    }).listen(0);
    await once(server, 'listening');
    opened.push(server);
    const { port } = server.address() as AddressInfo;
    return { firstLines, service: { url: `http://127.0.0.1:${port}`, headers: {} } };
  }

  it('sends what is left, from the line that it is told', async () => {
    const { firstLines, service } = await startServer([
      [503, undefined, '0'],
      [429, 11, '0'],
      [503, 91],
      ...Array.from({ length: 20 }, () => [429, 1, '0'] as [number, number, string]),
      [504],
    ]);
    const uploaded = await uploadTo(service);
    expect(firstLines).to.deep.equal(['u1', 'u1', 'u11', ...Array(22).fill('u101')]);
    expect(uploaded).to.deep.equal({ ...createTally(), stored: ROWS });
  });

  it('is told by a date, or in a body that is cut short', async () => {
    const past = new Date(0).toUTCString();
    const { firstLines, service } = await startServer([
      [429, 11, past],
      [503, 21, past],
      ['cut', 1],
    ]);
    const uploaded = await uploadTo(service);
    expect(firstLines).to.deep.equal(['u1', 'u11', 'u31', 'u31']);
    expect(uploaded).to.deep.equal({ ...createTally(), stored: ROWS });
  });

  for (const [what, answer] of [
    ['is told no time', [429, 1]],
    ['is refused for good', [400, 1]],
  ] as [string, [number, number]][]) {
    it(`ends when it ${what}`, async () => {
      const { firstLines, service } = await startServer([[429, 5, '0'], answer]);
      const { error, stored } = await uploadTo(service);
      expect(error?.message).to.contain(`answered ${answer[0]} {`);
      expect(stored).to.equal(4);
      expect(firstLines).to.deep.equal(['u1', 'u5']);
    });
  }
});
