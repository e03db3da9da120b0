import { expect } from 'chai';
import { type Running, startNode } from '../support/process.js';
import { type RedisSentinels, startRedisSentinels } from '../support/redis-sentinels.js';
import { until } from '../support/until.js';

describe('A Sentinel that is away', () => {
  let sentinels: RedisSentinels;
  let es: Running;
  before(async () => {
    sentinels = await startRedisSentinels(0);
  });
  after(async () => {
    await es.kill();
    await sentinels.close();
  });

  it('keeps ES from nothing, and is no error with a stack in its log', async () => {
    const [away, ...others] = sentinels.sentinels;
    await away?.kill();
    es = startNode('dist/es/main.js', {
      ES_REDIS_MODE: 'sentinel',
      ES_REDIS_URL: sentinels.url,
      ES_HTTP_PORT: '0',
      ES_GRPC_PORT: '0',
    });
    await es.printed(/is reached/);
    // What they listen for is asked of each that is there.
    for (const { client } of others) {
      await until(async () => / sub=[1-9]/.test(String(await client.call('CLIENT', 'LIST'))));
    }
    for (const line of es.output().split('\n')) expect(() => JSON.parse(line), line).not.to.throw();
  });
});
