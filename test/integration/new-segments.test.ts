import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { countOf, send } from '../support/http.js';
import { createRpcClient } from '../support/rpc.js';
import { esConfig, startRedis, type TestRedis, ussConfig } from '../support/system.js';

const NDJSON = { 'content-type': 'application/x-ndjson' };
const line = (segment: string, index: number) => JSON.stringify({ segment, user_id: `u${index}` });

describe('A client that makes more new segments than it may', () => {
  let redis: TestRedis;
  const opened: { close(): Promise<void> }[] = [];
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
    await redis.client.flushall();
  });

  /** Has a segment made that is then there for long, by a service that limits nothing. */
  async function storeOld(): Promise<void> {
    const { base } = await start('ES', 0);
    await send(base, '/segment', { body: { segment: 'old', user_id: 'u' } });
    for (const one of opened.splice(0).reverse()) await one.close();
  }

  /** @param limited which of the two limits new segments */
  async function start(
    service: 'ES' | 'USS',
    newSegmentsPerMinute: number,
    { limited = service, maxSegments = 1_000 } = {},
  ) {
    const limit = (of: 'ES' | 'USS') => (limited === of ? { newSegmentsPerMinute } : {});
    const es = await startEs(esConfig(redis.url, { ...limit('ES'), maxSegments }));
    opened.push(es);
    await es.ready;
    const rpc = createRpcClient(`127.0.0.1:${es.grpcPort}`);
    opened.push({ close: async () => rpc.close() });
    if (service === 'ES') return { base: `http://127.0.0.1:${es.httpPort}`, rpc };
    const uss = await startUss(ussConfig(es.grpcPort, limit('USS')));
    opened.push(uss);
    await uss.ready;
    return { base: `http://127.0.0.1:${uss.httpPort}`, rpc };
  }

  for (const service of ['ES', 'USS'] as const) {
    it(`has only those refused by ${service}, one by one and in bulk`, async () => {
      await storeOld();
      const { base } = await start(service, 3);
      const names = ['a', 'old', 'b', 'a', 'c', 'd', 'old', 'e'];
      const body = names.map(line).join('\n');
      const bulk = await send(base, '/segments', { body, headers: NDJSON });
      const { accepted, rejected } = bulk.json;
      expect([bulk.status, accepted, rejected]).to.deep.equal([202, 6, 2]);
      const refused = bulk.json.errors.map((error: { line: number }) => names[error.line - 1]);
      expect(refused).to.deep.equal(['d', 'e']);
      expect(bulk.json.errors[0].detail).to.contain('too many new segments: at most 3 a minute');
      const one = await send(base, '/segment', { body: { segment: 'f', user_id: 'u' } });
      expect([one.status, one.headers['retry-after'] !== undefined]).to.deep.equal([429, true]);
      const known = await send(base, '/segment', { body: { segment: 'a', user_id: 'x' } });
      expect(known.status).to.equal(202);
      expect(await countOf(base, 'd')).to.equal(0);
      expect(await countOf(base, 'c')).to.equal(1);
    });
  }

  it('is told by USS that it is ES who refuses, for now, and what ES has no room for', async () => {
    await storeOld();
    const { base } = await start('USS', 3, { limited: 'ES', maxSegments: 3 });
    const body = ['a', 'old', 'b', 'c', 'd', 'old'].map(line).join('\n');
    const bulk = await send(base, '/segments', { body, headers: NDJSON });
    const details = bulk.json.errors.map(({ detail }: { detail: string }) => detail);
    expect([bulk.status, bulk.json.accepted, details.length]).to.deep.equal([202, 4, 2]);
    expect(details[0]).to.contain('ES_MAX_SEGMENTS');
    expect(details[1]).to.contain('ES_NEW_SEGMENTS_PER_MINUTE');
    const one = await send(base, '/segment', { body: { segment: 'e', user_id: 'u' } });
    expect([one.status, one.json.detail]).to.deep.equal([429, details[1]]);
    expect(Number(one.headers['retry-after'])).to.be.within(1, 20);
    const known = await send(base, '/segment', { body: { segment: 'old', user_id: 'x' } });
    expect(known.status).to.equal(202);
    const { text } = await send(base, '/metrics');
    for (const [reason, count] of [
      ['limited', 2],
      ['full', 1],
    ]) {
      expect(text).to.contain(
        `segmentation_memberships_rejected_total{reason="${reason}"} ${count}\n`,
      );
    }
  });

  it('has the rest of a gRPC batch stored, and is told so', async () => {
    const { base, rpc } = await start('ES', 2);
    const memberships = ['a', 'b', 'c', 'd'].map((segment) => ({ segment, user_id: 'u' }));
    const error = await rpc.call('storeBatch', { memberships }).catch((refusal) => refusal);
    expect(error.code).to.equal(8);
    expect(error.details).to.match(/memberships of 2 segments were not stored, all others were/);
    for (const [segment, count] of [
      ['a', 1],
      ['b', 1],
      ['c', 0],
    ] as const) {
      expect(await countOf(base, segment)).to.equal(count);
    }
  });
});
