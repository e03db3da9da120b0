import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { send } from '../support/http.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';
import { until } from '../support/until.js';

describe('What the metrics tell of the limit of Redis', () => {
  let redis: TestRedis;
  let es: Es;
  before(async () => {
    redis = await startRedis();
    es = await startEs(esConfig(redis.url));
    await es.ready;
  });
  after(async () => {
    await es.close();
    await redis.close();
  });

  async function reported(name: string): Promise<string | undefined> {
    const { text } = await send(`http://127.0.0.1:${es.httpPort}`, '/metrics');
    return new RegExp(`^segmentation_redis_${name} (\\d+)$`, 'm').exec(text)?.[1];
  }

  for (const [maxmemory, unlimited] of [
    ['0', '0', '1'],
    ['100000000', '100000000', '0'],
    ['1gb', '1073741824', '0'],
    ['0', '0', '1'],
  ].map(([set = '', bytes, servers]) => [set, [bytes, servers]] as const)) {
    it(`is ${unlimited.join(' bytes, and servers without one ')} after maxmemory ${maxmemory}`, async () => {
      await redis.client.config('SET', 'maxmemory', maxmemory);
      await until(async () => (await reported('memory_limit_bytes')) === unlimited[0]);
      expect(await reported('unlimited_servers')).to.equal(unlimited[1]);
    });
  }
});
