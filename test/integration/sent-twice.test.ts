import { expect } from 'chai';
import { formatUtcDay, utcDay } from '../../src/domain/utc-day.js';
import { createEstimator } from '../../src/es/estimator.js';
import { createRedis } from '../../src/es/redis/connection/connect.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.js';
import type { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

describe('A command that ioredis sends to a Cluster again by itself', () => {
  const day = utcDay(Date.now());
  const bucket = `es:{s}:${formatUtcDay(day)}`;
  let cluster: RedisCluster;
  let server: RedisServer;
  let proxy: FaultProxy;
  before(async () => {
    cluster = await startRedisCluster(1, 0, [], { 'enable-debug-command': 'yes' });
    [server] = cluster.primaries as [RedisServer];
    proxy = await startFaultProxy(server.port);
    await server.client.config('SET', 'cluster-announce-ip', '127.0.0.1');
    await server.client.config('SET', 'cluster-announce-port', String(proxy.port));
  });
  after(async () => {
    await proxy.close();
    await cluster.close();
  });

  it('is remembered, though the second time it changes nothing', async () => {
    const redis = createRedis({
      mode: 'cluster',
      url: `redis://127.0.0.1:${proxy.port}`,
      timeoutMs: 3_000,
      masterName: '',
      sentinelPassword: '',
    });
    await redis.connect();
    const now = Date.now;
    const es = createEstimator({ redis, windowDays: 14, mode: 'cluster', now, timeoutMs: 3_000 });
    const store = (user: string) => es.store([{ segment: 's', day, userIds: [user] }]);
    await es.catchUp();
    await store('first');
    proxy.fault({ hole: true }, 'toClient');
    const answered = store('twice');
    await until(async () => (await server.client.pfcount(bucket)) === 2);
    proxy.fault({});
    proxy.reset();
    // It may come to nothing for who has asked; then it is not acknowledged.
    await answered.catch(() => undefined);
    await server.client.flushall();
    await server.client.call('DEBUG', 'CHANGE-REPL-ID');
    await until(async () => (await es.catchUp().catch((error) => error)) === undefined);
    for (const user of ['first', 'twice']) {
      expect(await server.client.pfadd(bucket, user), user).to.equal(0);
    }
    redis.disconnect();
  });
});
