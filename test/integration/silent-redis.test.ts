import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { type FaultProxy, startFaultProxy, type Way } from '../support/fault-proxy.js';
import { countOf, send } from '../support/http.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { startRedisSentinels } from '../support/redis-sentinels.js';
import { startRedisServer } from '../support/redis-server.js';
import { esConfig } from '../support/system.js';
import { until } from '../support/until.js';

interface Deployment {
  /** What stands before the servers that keep data. */
  proxy: FaultProxy;
  redis: object;
}

/** Redis in each of its forms, all connections to its servers by a proxy. */
const FORMS: Record<string, (opened: { close(): Promise<void> }[]) => Promise<Deployment>> = {
  async single(opened) {
    const server = await startRedisServer();
    const proxy = await startFaultProxy(server.port);
    opened.push(server, proxy);
    return { proxy, redis: { url: `redis://127.0.0.1:${proxy.port}` } };
  },
  async sentinel(opened) {
    const sentinels = await startRedisSentinels(0);
    const proxy = await startFaultProxy(sentinels.servers[0]?.port ?? 0);
    opened.push(sentinels, proxy);
    for (const { client } of sentinels.sentinels) {
      await client.call('SENTINEL', 'REMOVE', 'mymaster');
      await client.call('SENTINEL', 'MONITOR', 'mymaster', '127.0.0.1', String(proxy.port), '3');
    }
    return { proxy, redis: { mode: 'sentinel', url: sentinels.url } };
  },
  async cluster(opened) {
    const cluster = await startRedisCluster(1, 0);
    const [server] = cluster.primaries;
    const proxy = await startFaultProxy(server?.port ?? 0);
    opened.push(cluster, proxy);
    await server?.client.config('SET', 'cluster-announce-ip', '127.0.0.1');
    await server?.client.config('SET', 'cluster-announce-port', String(proxy.port));
    return { proxy, redis: { mode: 'cluster', url: `redis://127.0.0.1:${proxy.port}` } };
  },
};

const SILENT: Record<string, Way[]> = {
  'in both ways': ['toServer', 'toClient'],
  'towards Redis': ['toServer'],
  'from Redis': ['toClient'],
};

describe('a connection to Redis that falls silent', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  const post = async (base: string, user: number) =>
    (await send(base, '/segment', { body: { segment: 's', user_id: `u${user}` } })).status;

  for (const [form, start] of Object.entries(FORMS)) {
    for (const [how, ways] of Object.entries(SILENT)) {
      it(`${how} for good is given up (${form})`, async () => {
        const { proxy, redis } = await start(opened);
        const es = await startEs(
          esConfig('', { redis: { ...redis, timeoutMs: 300, waitTimeoutMs: 200 } }),
        );
        opened.push(es);
        await es.ready;
        const base = `http://127.0.0.1:${es.httpPort}`;
        expect(await post(base, 1)).to.equal(202);
        proxy.moveHost(...ways);
        expect(await post(base, 2)).to.equal(503);
        await until(async () => (await post(base, 3)) === 202);
        await until(async () => (await send(base, '/readyz')).status === 200);
        await until(async () => (await send(base, '/segment/s')).status === 200);
        expect(await countOf(base, 's')).to.be.oneOf([2, 3]);
      });
    }
  }
});
