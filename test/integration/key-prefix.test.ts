import { expect } from 'chai';
import fc from 'fast-check';
import { loadEsConfig } from '../../src/es/config.js';
import { createKeys } from '../../src/es/redis/keys.js';
import { startEsOn } from '../support/es.js';
import { countOf, send } from '../support/http.js';
import { startRedis } from '../support/system.js';

describe('ES_REDIS_KEY_PREFIX', () => {
  it('is what every key begins with, so that two can share a database', async () => {
    const redis = await startRedis();
    const configs = ['es:', 'team-2|es:'].map((keyPrefix) => ({
      redis: { url: redis.url, keyPrefix },
    }));
    const es = await startEsOn(redis.url, configs);
    const [first, second = ''] = es.urls;
    for (const user_id of ['a', 'b']) {
      await send(first, '/segment', { body: { segment: 'sport', user_id } });
    }
    await send(second, '/segment', { body: { segment: 'sport', user_id: 'a' } });
    expect([await countOf(first, 'sport'), await countOf(second, 'sport')]).to.deep.equal([2, 1]);
    await send(second, '/segment/sport', { method: 'DELETE' });
    expect([await countOf(first, 'sport'), await countOf(second, 'sport')]).to.deep.equal([2, 0]);
    for (const key of await redis.client.keys('*')) expect(key).to.match(/^(es:|team-2\|es:)/);
    await es.close();
    await redis.close();
  });

  it('begins no hash tag, or is refused', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 70, unit: 'binary' }), (keyPrefix) => {
        const load = () => loadEsConfig({ redis: { keyPrefix } });
        if (!/^[!-~]{1,64}$/.test(keyPrefix) || /[{}]/.test(keyPrefix)) expect(load).to.throw();
        else expect(load().redis.keyPrefix).to.equal(keyPrefix);
      }),
    );
    for (const isCluster of [true, false]) {
      const keys = createKeys(14, isCluster, '~p');
      expect(keys.prefix('a}b')).to.equal('~p{a%7Db}:');
      for (const registry of keys.registries())
        expect(registry).to.match(/^~psegments(:\{\w+\})?$/);
    }
  });
});
