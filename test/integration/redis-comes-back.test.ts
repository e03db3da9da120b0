import { expect } from 'chai';
import type { RedisClient } from '../../src/es/redis/client.js';
import { createRedis } from '../../src/es/redis/connection/connect.js';
import { keepConnection } from '../../src/es/redis/connection/keep-connection.js';
import { type RedisSentinels, startRedisSentinels } from '../support/redis-sentinels.js';
import { until } from '../support/until.js';

const TIMEOUT_MS = 300;

describe('A connection to Redis by Sentinels that fall silent', () => {
  let sentinels: RedisSentinels;
  let redis: RedisClient;
  before(async () => {
    sentinels = await startRedisSentinels(1);
    redis = createRedis({
      mode: 'sentinel',
      url: sentinels.url,
      masterName: 'mymaster',
      sentinelPassword: '',
      timeoutMs: TIMEOUT_MS,
    });
  });
  after(async () => {
    redis.disconnect();
    await sentinels.close();
  });

  it('is made again once they answer, whatever ioredis came to meanwhile', async () => {
    const keep = keepConnection(redis, TIMEOUT_MS);
    const isThere = () =>
      keep(() => redis.ping()).then(
        () => true,
        () => false,
      );
    await until(isThere);
    let ends = 0;
    redis.on('end', () => {
      ends += 1;
    });
    for (let times = 1; times <= 2; times += 1) {
      for (const sentinel of sentinels.sentinels) sentinel.signal('SIGSTOP');
      await sentinels.servers[0]?.client.call('CLIENT', 'KILL', 'TYPE', 'normal');
      await until(async () => !(await isThere()) && ends >= times);
      for (const sentinel of sentinels.sentinels) sentinel.signal('SIGCONT');
      await until(isThere);
    }
    expect(redis.status).to.equal('ready');
  });
});
