import { expect } from 'chai';
import fc from 'fast-check';
import { Cluster } from 'ioredis';
import { DAY_MS } from '../../src/domain/utc-day.js';
import type { RedisClient } from '../../src/es/redis/client.js';
import { createRedis } from '../../src/es/redis/connection/connect.js';
import { type EitherRedis, startEitherRedis } from '../support/either-redis.js';
import { createModel, type Step, WINDOW_DAYS } from '../support/sample-model.js';

/** Sizes of the samples of ES that share a Redis; with 0 one makes none. */
const SIZES = [
  [8, 8],
  [8, 20],
  [0, 20, 20],
];

const es = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      es,
      days: fc.uniqueArray(
        fc.record({
          daysAgo: fc.nat(WINDOW_DAYS - 1),
          users: fc.array(fc.oneof(fc.nat(9), fc.nat(200)), { minLength: 1, maxLength: 40 }),
        }),
        { selector: ({ daysAgo }) => daysAgo, minLength: 1, maxLength: 3 },
      ),
    }),
    weight: 8,
  },
  { arbitrary: fc.record({ kind: fc.constant('count' as const), es }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant('remove' as const), es }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('restart' as const), es }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constant('clock' as const),
      ms: fc.constantFrom(1_500, DAY_MS / 2, DAY_MS, 2 * DAY_MS),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant('midnight' as const),
      beforeMs: fc.constantFrom(1_800_000, 1_500, 100, -100),
    }),
    weight: 1,
  },
);

for (const [mode, numRuns] of [
  ['single', 200],
  ['cluster', 40],
] as const) {
  describe(`Samples, Redis ${mode}`, () => {
    let redis: EitherRedis;
    let client: RedisClient;
    let segments = 0;
    before(async () => {
      redis = await startEitherRedis(mode);
      client = createRedis({
        ...redis.settings,
        masterName: '',
        sentinelPassword: '',
        timeoutMs: 3_000,
      });
      await client.connect();
      // Each ES listens for connections that close.
      const connections = client instanceof Cluster ? [client, ...client.nodes()] : [client];
      for (const connection of connections) connection.setMaxListeners(0);
      // The first ES finds Redis empty, so samples of all days are complete.
      await createModel(client, [8], 'first').take({ kind: 'count', es: 0 });
    });
    after(async () => {
      client.disconnect();
      await redis.close();
    });

    for (const sizes of SIZES) {
      it(`have the users of their buckets and windows, of ES with sizes ${sizes}`, async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 30 }), async (steps) => {
            segments += 1;
            const model = createModel(client, sizes, `s${segments}`);
            for (const one of steps) {
              await model.take(one);
              if (one.kind === 'count') await model.expectTrue(one.es);
            }
            for (const index of sizes.keys()) await model.expectTrue(index);
          }),
          { numRuns },
        );
      });
    }

    it('are arrays of numbers, and expire with their buckets and windows', async () => {
      let seen = 0;
      for (const server of redis.servers) {
        for (const key of await server.client.keys('es:*:sample')) {
          const owner = key.slice(0, -':sample'.length);
          expect(await server.client.expiretime(key), key).to.equal(
            await server.client.expiretime(owner),
          );
          expect(await server.client.object('ENCODING', key), key).to.be.oneOf([
            'intset',
            'embstr',
          ]);
          seen += 1;
        }
      }
      expect(seen).to.be.greaterThan(100);
    });
  });
}
