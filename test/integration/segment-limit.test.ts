import { expect } from 'chai';
import keySlot from 'cluster-key-slot';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { groupMemberships, type MembershipGroup } from '../../src/domain/membership-groups.js';
import { DAY_MS, utcDay } from '../../src/domain/utc-day.js';
import { refusedOf } from '../../src/domain/window.js';
import { createEstimator } from '../../src/es/estimator.js';
import { startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { countOf, send } from '../support/http.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { createRpcClient } from '../support/rpc.js';
import { esConfig, startRedis, type TestRedis, ussConfig } from '../support/system.js';
import { until } from '../support/until.js';

const NDJSON = { 'content-type': 'application/x-ndjson' };
const lines = (segments: readonly string[]) =>
  segments.map((segment) => JSON.stringify({ segment, user_id: 'u' })).join('\n');

type Step =
  | { kind: 'store'; users: [segment: string, daysAgo: number][] }
  | { kind: 'remove'; segment: string }
  | { kind: 'wait'; days: number };

const name = fc.constantFrom(...'abcdefgh');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      users: fc.array(fc.tuple(name, fc.nat(5)), { minLength: 1, maxLength: 10 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('remove' as const), segment: name }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.nat(3) }) },
);

/** Groups as they are stored: those of one day together. */
function inOrder(groups: readonly MembershipGroup[]): MembershipGroup[] {
  const days = [...new Set(groups.map(({ day }) => day))];
  return days.flatMap((day) => groups.filter((group) => group.day === day));
}

describe('A registry of segments that is full', () => {
  let redis: TestRedis;
  let opened: { close(): Promise<void> | void }[] = [];
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());
  beforeEach(() => redis.client.flushall());
  afterEach(async () => {
    for (const one of opened.reverse()) await one.close();
    opened = [];
  });

  async function start(config: object = {}) {
    const es = await startEs(esConfig(redis.url, { maxSegments: 3, ...config }));
    opened.push(es);
    const uss = await startUss(ussConfig(es.grpcPort));
    opened.push(uss);
    await Promise.all([es.ready, uss.ready]);
    const rpc = createRpcClient(`127.0.0.1:${es.grpcPort}`);
    opened.push(rpc);
    return { urls: [es, uss].map(({ httpPort }) => `http://127.0.0.1:${httpPort}`), rpc };
  }

  it('refuses new names with 507 on both services, and nothing else', async () => {
    const { urls } = await start();
    const [es = ''] = urls;
    const filled = await send(es, '/segments', { body: lines(['a', 'b', 'c']), headers: NDJSON });
    expect(filled.json.accepted).to.equal(3);
    const keys = (await redis.client.keys('*')).sort();
    for (const base of urls) {
      const refused = await send(base, '/segment', { body: { segment: 'd', user_id: 'u' } });
      expect(refused.status).to.equal(507);
      expect(refused.json.detail).to.contain('ES_MAX_SEGMENTS');
      const known = await send(base, '/segment', { body: { segment: 'a', user_id: base } });
      expect(known.status).to.equal(202);
      const body = lines(['a', 'x', 'b', 'y', 'c']);
      const { status, json } = await send(base, '/segments', { body, headers: NDJSON });
      expect([status, json.accepted, json.rejected]).to.deep.equal([202, 3, 2]);
      expect(json.errors.map(({ line }: { line: number }) => line)).to.deep.equal([2, 4]);
      expect(json.errors[0].detail).to.contain('ES_MAX_SEGMENTS');
      const { text } = await send(base, '/metrics');
      expect(text).to.match(/^segmentation_memberships_rejected_total\{reason="full"\} [1-9]/m);
    }
    expect((await redis.client.keys('*')).sort()).to.deep.equal(keys);
    expect(await countOf(es, 'a')).to.equal(3);

    await send(es, '/segment/b', { method: 'DELETE' });
    const later = await send(es, '/segment', { body: { segment: 'd', user_id: 'u' } });
    expect(later.status).to.equal(202);
    const metrics = (await send(es, '/metrics')).text;
    expect(metrics).to.match(/^segmentation_segments_limit 3$/m);
  });

  it('tells who asks over gRPC which were refused, and fails for all others', async () => {
    const { rpc } = await start();
    const memberships = ['a', 'b', 'c', 'd', 'a', 'e'].map((segment) => ({
      segment,
      user_id: 'u',
    }));
    const packed = {
      segments: 'a\nf',
      days: [utcDay(Date.now())],
      sizes: [1, 1],
      user_ids: 'v\nv',
    };
    packed.days.push(packed.days[0] as number);
    const batch = { memberships, packed, takes_refusals: true };
    const answer = await rpc.call('StoreBatch', batch);
    expect(answer.refused).to.deep.equal([3, 5]);
    expect(answer.refused_groups).to.deep.equal([1]);
    for (const [method, request] of [
      ['StoreBatch', { memberships }],
      ['Store', { segment: 'd', user_id: 'u' }],
    ] as const) {
      const failure = await rpc.call(method, request).catch((error: { code: number }) => error);
      expect(failure.code, method).to.equal(8);
    }
    expect((await rpc.call('Count', { segment: 'a' })).user_count).to.equal(2);
  });

  it('is what a model of it is, whatever is stored, deleted or expires', async () => {
    const connection = new Redis(redis.url.replace('unix://', ''));
    opened.push({ close: () => connection.disconnect() });
    const run = async (limit: number, steps: readonly Step[]) => {
      await redis.client.flushall();
      // Ahead of the clock of Redis, so that nothing expires but by this one.
      let time = Date.now() + 100 * DAY_MS;
      const window = { windowDays: 4, maxSegments: limit, now: () => time };
      const es = createEstimator({ redis: connection, ...window });
      const lastDays = new Map<string, number>();
      for (const one of steps) {
        const firstDay = utcDay(time) - 3;
        const isKnown = (segment: string) => (lastDays.get(segment) ?? 0) >= firstDay;
        if (one.kind === 'wait') time += one.days * DAY_MS;
        else if (one.kind === 'remove') {
          await es.remove(one.segment);
          lastDays.delete(one.segment);
        } else {
          const groups = groupMemberships(
            one.users.map(([segment, daysAgo], user) => ({
              segment,
              userId: `u${user}`,
              occurredAt: time - daysAgo * DAY_MS,
            })),
          );
          const [refused] = refusedOf(groups, await es.store(groups));
          for (const group of inOrder(groups).filter(({ day }) => day >= firstDay)) {
            const { segment, day } = group;
            const isFull = [...lastDays.keys()].filter(isKnown).length >= limit;
            expect(refused.includes(group), segment).to.equal(isFull && !isKnown(segment));
            if (refused.includes(group)) continue;
            lastDays.set(segment, Math.max(lastDays.get(segment) ?? 0, day));
          }
        }
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 12 }), run),
      { numRuns: 150 },
    );
  });

  it('is one for each slot of a Cluster, which names rarely fill before the whole is', async () => {
    const cluster = await startRedisCluster(3, 0);
    opened.push(cluster);
    const { urls } = await start({
      redis: { mode: 'cluster', url: cluster.url },
      maxSegments: 16_384,
    });
    const [es = ''] = urls;
    const names = Array.from({ length: 12_000 }, (_, index) => `s${index}`);
    const spread = await send(es, '/segments', { body: lines(names), headers: NDJSON });
    expect(spread.json.rejected).to.equal(0);
    const same: string[] = [];
    for (let index = 0; same.length < 40; index += 1) {
      if (keySlot(`x${index}`) === 7) same.push(`x${index}`);
    }
    const crowded = await send(es, '/segments', { body: lines(same), headers: NDJSON });
    expect(crowded.json.accepted).to.be.at.most(11);
    expect(crowded.json.accepted + crowded.json.rejected).to.equal(40);
    await until(async () => (await countOf(es, same[0] as string)) === 1);
  });
});
