import { expect } from 'chai';
import { createEstimator } from '../../src/es/estimator.js';
import { createRedis, type RedisClient } from '../../src/es/redis/connection.js';
import { utcDay } from '../../src/shared/utc-day.js';
import {
  cutOff,
  type RedisCluster,
  type RedisServer,
  startRedisCluster,
} from '../support/redis-server.js';
import { until } from '../support/until.js';

const NAMES = Array.from({ length: 60 }, (_, index) => `s${index}`);

describe('A Cluster of which one primary is not as it should be', function () {
  this.timeout(60_000);
  let cluster: RedisCluster;
  let redis: RedisClient;
  before(async () => {
    cluster = await startRedisCluster(3, 1);
    redis = createRedis({
      ...{ mode: 'cluster', url: cluster.url, masterName: '', sentinelPassword: '' },
      timeoutMs: 3_000,
    });
    await redis.connect();
  });
  after(async () => {
    redis.disconnect();
    await cluster.close();
  });

  /** The segments that a primary has. */
  async function segmentsOf({ client }: RedisServer): Promise<Set<string | undefined>> {
    const keys = await client.keys('es:{s*');
    return new Set(keys.map((key) => /\{(.*)\}/.exec(key)?.[1]));
  }

  it('stores no more on that one while its replica is away, and goes on with the others', async () => {
    const day = utcDay(Date.now());
    const es = createEstimator({
      ...{ redis, windowDays: 14, now: Date.now, mode: 'cluster' },
      unreplicatedMaxBytes: 300_000,
    });
    const store = (users: number, of: string) => {
      const userIds = Array.from({ length: users }, (_, index) => `user ${index} ${of}`);
      return es.store(NAMES.map((segment) => ({ segment, day, userIds })));
    };
    await es.catchUp();
    const [primary, replica] = [cluster.primaries[0], cluster.replicas[0]] as [
      RedisServer,
      RedisServer,
    ];
    await cutOff(primary, replica);
    const refused = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      await until(async () => {
        await es.catchUp();
        // Between two looks the others may meet their bound too.
        const window = await store(100, `${round}`).catch(() => undefined);
        refused.clear();
        for (const segment of window?.refused?.keys() ?? []) refused.add(segment);
        return window !== undefined && refused.size < 40;
      });
    }
    expect(refused).to.deep.equal(await segmentsOf(primary));
    expect(es.atStake.dropped).to.equal(0);
    replica.signal('SIGCONT');
    await until(async () => {
      await es.catchUp();
      return (await store(1, 'later')).refused === undefined;
    });
  });
});
