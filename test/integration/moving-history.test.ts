import { expect } from 'chai';
import keySlot from 'cluster-key-slot';
import { type EsSystem, startEsOn, storeUsers } from '../support/es.js';
import { send } from '../support/http.js';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.js';
import type { RedisServer } from '../support/redis-server.js';

const SEGMENT = 'moving';
const DAYS = 6;

describe('The history of a segment whose slot is being moved to another primary of a Cluster', () => {
  let cluster: RedisCluster;
  let es: EsSystem;
  before(async () => {
    cluster = await startRedisCluster(3, 0);
    es = await startEsOn('', [{ redis: { mode: 'cluster', url: cluster.url } }]);
    for (let daysAgo = 0; daysAgo < DAYS; daysAgo += 1) {
      await storeUsers(es.urls[0], SEGMENT, [0, 10 + daysAgo], daysAgo);
    }
  });
  after(async () => {
    await es.close();
    await cluster.close();
  });

  it('has every day, wherever its bucket is', async () => {
    const history = async () => (await send(es.urls[0], `/segment/${SEGMENT}/history`)).json;
    const before = await history();
    expect(before.history.at(-DAYS).user_count).to.equal(10 + DAYS - 1);

    const slot = keySlot(`{${SEGMENT}}`);
    const from = cluster.primaries[Math.floor((slot * 3) / 16_384)] as RedisServer;
    const to = cluster.primaries.find((one) => one !== from) as RedisServer;
    const [source, target] = await Promise.all(
      [from, to].map(({ client }) => client.cluster('MYID')),
    );
    await to.client.cluster('SETSLOT', slot, 'IMPORTING', source as string);
    await from.client.cluster('SETSLOT', slot, 'MIGRATING', target as string);
    const keys = (await from.client.cluster('GETKEYSINSLOT', slot, 100)) as string[];
    expect(keys).to.have.length.greaterThan(DAYS);
    for (const key of keys) {
      expect(await history(), `before ${key} moves`).to.deep.equal(before);
      await from.client.call('MIGRATE', '127.0.0.1', to.port, key, 0, 5_000);
    }
    expect(await history()).to.deep.equal(before);
  });
});
