import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { type PostedMembership, upload } from '../../scripts/import/upload.js';
import { countExactly, type ExactCounts, verify } from '../../scripts/import/verify.js';
import { startEs } from '../../src/es/service.js';
import { esConfig, startRedis } from '../support/system.js';

const ROWS = 2_500;

function* memberships(): Generator<PostedMembership> {
  for (let row = 1; row <= ROWS; row += 1) {
    yield { segment: row % 500 === 0 ? '' : `s${row % 40}`, user_id: `u${row}` };
  }
}

async function* rows(): AsyncGenerator<PostedMembership> {
  yield* memberships();
}

/** What the service refuses, by row. */
const ERRORS = [500, 1_000, 1_500, 2_000, 2_500];

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
    const told: number[] = [];
    const uploaded = await upload(rows(), service, ({ accepted }) => told.push(accepted));
    expect([uploaded.accepted, uploaded.rejected]).to.deep.equal([ROWS - 5, 5]);
    expect(uploaded.errors.map(({ row }) => row)).to.deep.equal(ERRORS);
    const exact: ExactCounts = new Map();
    for (const { segment, user_id: user } of memberships()) {
      if (segment !== '') countExactly(exact, String(segment), String(user), Date.now());
    }
    for (const { ok, segment } of await verify(exact, service, 0))
      expect(ok, segment).to.equal(true);
  });

  /** A service that does each time what it is told, and notes the first line that it is sent. */
  async function startServer(
    answers: readonly [status: number, line?: number | undefined, wait?: string][],
  ) {
    const firstLines: string[] = [];
    const server: Server = createServer(async (request, response) => {
      const lines = (await text(request)).split('\n');
      firstLines.push(JSON.parse(lines[0] as string).user_id);
      const [status, line, wait] = answers[firstLines.length - 1] ?? [202];
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
    const uploaded = await upload(rows(), service, () => {});
    expect(firstLines).to.deep.equal(['u1', 'u1', 'u11', ...Array(22).fill('u101')]);
    expect(uploaded).to.deep.equal({ accepted: ROWS, rejected: 0, errors: [] });
  });

  for (const [what, answer] of [
    ['is told no time', [429, 1]],
    ['is refused for good', [400, 1]],
  ] as [string, [number, number]][]) {
    it(`ends when it ${what}`, async () => {
      const { firstLines, service } = await startServer([[429, 5, '0'], answer]);
      const error = await upload(rows(), service, () => {}).catch((reason) => reason);
      expect(error.message).to.contain(`${answer[0]} {`);
      expect(firstLines).to.deep.equal(['u1', 'u5']);
    });
  }
});
