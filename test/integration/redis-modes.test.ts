import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { countOf, send } from '../support/http.js';
import { atNoon, daysBeforeNoon } from '../support/noon.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { startRedisSentinels } from '../support/redis-sentinels.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { esConfig } from '../support/system.js';
import { until } from '../support/until.js';

/** Stores memberships of many segments, and counts each. */
async function storeAndCount(base: string, segments: number): Promise<void> {
  const names = Array.from({ length: segments }, (_, index) => `s{${index}}`);
  const days = [0, 1, 5];
  const body = names.flatMap((segment) =>
    days.map((daysAgo) => ({
      segment,
      user_id: `u${daysAgo}`,
      occurred_at: daysBeforeNoon(daysAgo),
    })),
  );
  const stored = await send(base, '/segments', { body });
  expect(stored.json).to.deep.equal({ accepted: body.length, rejected: 0, errors: [] });
  for (const segment of names.slice(0, 20)) {
    expect((await send(base, '/segment', { body: { segment, user_id: 'more' } })).status).to.equal(
      202,
    );
  }
  const { json } = await send(base, '/counts', { body: { segments: names } });
  expect(json.counts).to.deep.equal(
    names.map((segment, index) => ({ segment, user_count: index < 20 ? 4 : 3 })),
  );
  const week = await send(base, '/counts', { body: { segments: names, days: 2 } });
  expect(week.json.counts[30].user_count).to.equal(2);
}

/** Posts until it is stored; returns what was answered on the way. */
async function postUntilStored(base: string, user_id: string): Promise<number[]> {
  const statuses: number[] = [];
  while (statuses.at(-1) !== 202) {
    statuses.push(
      (await send(base, '/segment', { body: { segment: 'failover', user_id } })).status,
    );
  }
  return statuses;
}

describe('Redis in the forms it runs in', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  async function start(redis: object): Promise<string> {
    const es = await startEs(esConfig('redis://127.0.0.1', { redis }), atNoon);
    opened.push(es);
    await es.ready;
    return `http://127.0.0.1:${es.httpPort}`;
  }

  it('works on a Cluster: every key in its segment’s slot, each with an expiry', async () => {
    const cluster = await startRedisCluster(3, 0);
    opened.push(cluster);
    const base = await start({ mode: 'cluster', url: cluster.url });
    await storeAndCount(base, 300);
    const keys = await Promise.all(
      cluster.primaries.map(async ({ client }) => {
        const names = await client.keys('*');
        for (const name of names) expect(await client.ttl(name), name).to.be.greaterThan(0);
        return names;
      }),
    );
    for (const names of keys) expect(names.length).to.be.greaterThan(100);
    const registries = keys.flat().filter((name) => name.startsWith('es:segments:'));
    expect(registries.length).to.be.greaterThan(100);
  });

  it('goes on after a primary of a Cluster has died', async () => {
    const cluster = await startRedisCluster(3, 1);
    opened.push(cluster);
    const base = await start({ mode: 'cluster', url: cluster.url, waitReplicas: 1 });
    await storeAndCount(base, 60);
    await (cluster.primaries[1] as RedisServer).kill();
    await cluster.settled();
    // The primary that stepped in has no replica of its own to wait for.
    const plain = await start({ mode: 'cluster', url: cluster.url });
    await storeAfterFailover(plain, 60);
  });

  async function storeAfterFailover(base: string, segments: number): Promise<void> {
    for (let index = 0; index < segments; index += 1) {
      let status = 0;
      while (status !== 202) {
        const body = { segment: `s{${index}}`, user_id: 'after' };
        status = (await send(base, '/segment', { body })).status;
        expect(status).to.be.oneOf([202, 503]);
      }
    }
    for (let index = 0; index < segments; index += 1) {
      // What is read goes by connections of its own, which may yet have to learn who the primary is.
      const path = `/segment/s{${index}}`;
      await until(async () => (await send(base, path)).status === 200);
      expect((await send(base, path)).json.user_count, path).to.equal(index < 20 ? 5 : 4);
    }
  }

  it('follows Sentinel to another primary, and loses nothing that a replica had', async () => {
    const sentinels = await startRedisSentinels(2);
    opened.push(sentinels);
    const base = await start({ mode: 'sentinel', url: sentinels.url, waitReplicas: 1 });
    await storeAndCount(base, 40);
    for (const user of ['a', 'b', 'c']) {
      expect(await postUntilStored(base, user)).to.deep.equal([202]);
    }
    const before = await sentinels.primary();
    await before.kill();
    const answers = await postUntilStored(base, 'd');
    expect(new Set(answers.slice(0, -1))).to.satisfy((seen: Set<number>) =>
      [...seen].every((status) => status === 503),
    );
    await sentinels.primaryAfter(before);
    // What is read goes by another connection, which follows by itself.
    await until(async () => (await send(base, '/segment/failover')).status === 200);
    expect(await countOf(base, 'failover')).to.equal(4);
  });

  it('stores again what no replica had when the primary died', async () => {
    const sentinels = await startRedisSentinels(2);
    opened.push(sentinels);
    const base = await start({ mode: 'sentinel', url: sentinels.url });
    await storeAndCount(base, 40);
    const before = await sentinels.primary();
    const replicas = sentinels.servers.filter((server) => server !== before);
    for (const replica of replicas) replica.signal('SIGSTOP');
    // What is in the buffers of these connections would reach the replicas all the same.
    await before.client.call('CLIENT', 'KILL', 'TYPE', 'replica');
    for (const user of ['a', 'b', 'c']) {
      expect(await postUntilStored(base, user)).to.deep.equal([202]);
    }
    await before.kill();
    for (const replica of replicas) replica.signal('SIGCONT');
    await postUntilStored(base, 'd');
    await sentinels.primaryAfter(before);
    // For a moment it may be without a primary that answers.
    await until(async () => (await send(base, '/segment/failover')).json.user_count === 4);
  });

  it('answers 503 when too few replicas have it', async () => {
    const server = await startRedisServer();
    opened.push(server);
    const url = `redis://127.0.0.1:${server.port}`;
    const redis = { mode: 'single', url, waitReplicas: 1, waitTimeoutMs: 500 };
    const es = await startEs(esConfig(url, { redis }));
    opened.push(es);
    const base = `http://127.0.0.1:${es.httpPort}`;
    const readiness = async () => String((await send(base, '/readyz')).json.detail);
    const body = { segment: 's', user_id: 'u' };
    await until(async () => /it has 0 of the replicas .*WAIT_REPLICAS=1/.test(await readiness()));
    const { status, json } = await send(base, '/segment', { body });
    expect(status).to.equal(503);
    expect(json.detail).to.match(/^too few replicas/);
    expect(await countOf(base, 's')).to.equal(1);

    opened.push(await startRedisServer({ replicaof: `127.0.0.1 ${server.port}` }));
    await es.ready;
    await until(async () => (await send(base, '/segment', { body })).status === 202);
  });

  it('logs in by an ACL user and password, and on a database', async () => {
    const server = await startRedisServer();
    opened.push(server);
    await server.client.acl('SETUSER', 'es', 'on', '>a:b@c', '~es:*', '+@all', '-@admin');
    await server.client.acl('SETUSER', 'default', 'on', '>nobody');
    const credentials = `es:${encodeURIComponent('a:b@c')}`;
    const base = await start({
      mode: 'single',
      url: `redis://${credentials}@127.0.0.1:${server.port}/3`,
    });
    await storeAndCount(base, 40);
    await server.client.auth('default', 'nobody');
    expect(await server.client.info('keyspace')).to.match(/db3:keys=/);
  });

  it('are told from each other', async () => {
    const cluster = await startRedisCluster(3, 0);
    const server = await startRedisServer();
    opened.push(cluster, server);
    const node = cluster.primaries[0] as RedisServer;
    for (const [mode, port, reason] of [
      ['single', node.port, /it is a node of a Cluster: set ES_REDIS_MODE=cluster/],
      ['cluster', server.port, /it is no node of a Cluster: set ES_REDIS_MODE=single/],
    ] as const) {
      const url = `redis://127.0.0.1:${port}`;
      const es = await startEs(esConfig(url, { redis: { mode, url } }));
      opened.push(es);
      const base = `http://127.0.0.1:${es.httpPort}`;
      await until(async () => reason.test(String((await send(base, '/readyz')).json.detail)));
    }
  });
});
