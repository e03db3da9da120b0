import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { storeUsers } from '../support/es.js';
import { send, untilReady } from '../support/http.js';
import { startRedisCluster } from '../support/redis-cluster.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { esConfig, ussConfig } from '../support/system.js';
import { until } from '../support/until.js';

/** A way in which Redis refuses what is stored. */
interface Refusal {
  settings?: Record<string, string>;
  /** Has it refuse from now on. */
  begin(server: RedisServer): Promise<unknown>;
  /** Has it take everything again. */
  end(server: RedisServer): Promise<unknown>;
  /** What readiness says. */
  reason: RegExp;
}

const set = (name: string, value: string) => (server: RedisServer) =>
  server.client.config('SET', name, value);
const allow =
  (...rules: string[]) =>
  (server: RedisServer) =>
    server.client.acl('SETUSER', 'default', ...rules);
const inItsWay = ({ directory }: RedisServer) => join(directory, 'dump.rdb');

const DENIED: Refusal = {
  begin: allow(),
  end: allow('+@all'),
  reason: /its user lacks a permission that storing needs/,
};

const REFUSALS: Record<string, Refusal> = {
  'is a read-only replica': {
    begin: ({ client, port }) => client.replicaof('127.0.0.1', port + 1),
    end: ({ client }) => client.replicaof('NO', 'ONE'),
    reason: /it is a read-only replica: stores are refused, counts go on/,
  },
  'is full': {
    begin: set('maxmemory', '1'),
    end: set('maxmemory', '0'),
    reason: /it is full \(maxmemory\): stores are refused, counts go on/,
  },
  'cannot save to its disk': {
    settings: { save: '3600 1' },
    async begin(server) {
      mkdirSync(inItsWay(server));
      await server.client.bgsave();
      await until(async () => (await server.client.info()).includes('bgsave_status:err'));
    },
    async end(server) {
      rmdirSync(inItsWay(server));
      await server.client.bgsave();
    },
    reason: /it cannot save to its disk \(MISCONF\): stores are refused, counts go on/,
  },
  'has too few replicas': {
    begin: set('min-replicas-to-write', '1'),
    end: set('min-replicas-to-write', '0'),
    reason: /it has too few replicas \(min-replicas-to-write\): stores are refused, counts go on/,
  },
  'allows no scripts': { ...DENIED, begin: allow('-@scripting') },
  'allows no PFADD': { ...DENIED, begin: allow('-pfadd') },
  'allows no ZADD': { ...DENIED, begin: allow('-zadd') },
  'allows to read only': { ...DENIED, begin: allow('-@write') },
};

describe('A Redis that refuses what is stored', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  /** Everything that ES answers of two segments, one of which nobody has counted today. */
  async function expectAnswers(base: string) {
    for (const query of ['', '?days=2']) {
      for (const segment of ['counted', 'new']) {
        const { status, json } = await send(base, `/segment/${segment}${query}`);
        expect([status, json.user_count], segment + query).to.deep.equal([200, 5]);
      }
    }
    const { json } = await send(base, '/counts', { body: { segments: ['new', 'counted'] } });
    expect(json.counts).to.deep.equal([
      { segment: 'new', user_count: 5 },
      { segment: 'counted', user_count: 5 },
    ]);
  }

  async function expectQuestions(base: string) {
    for (const path of [
      '/segment/new/estimate',
      '/segment/new/history',
      '/segments?details=true',
    ]) {
      expect((await send(base, path)).status, path).to.equal(200);
    }
  }

  const ready = async (base: string) => {
    const { status, json } = await send(base, '/readyz');
    return [status, String(json.detail)] as const;
  };
  const urlOf = ({ httpPort }: Pick<Es, 'httpPort'>) => `http://127.0.0.1:${httpPort}`;

  for (const [title, { settings = {}, begin, end, reason }] of Object.entries(REFUSALS)) {
    it(`is counted in, and makes ES and USS not ready, which say why: it ${title}`, async () => {
      const server = await startRedisServer(settings);
      const es = await startEs(esConfig(`redis://127.0.0.1:${server.port}`));
      const uss = await startUss(ussConfig(es.grpcPort));
      opened.push(server, es, uss);
      const bases = [urlOf(es), urlOf(uss)] as const;
      for (const base of bases) await untilReady(base);
      await storeUsers(bases[0], 'counted', [0, 5]);
      await storeUsers(bases[0], 'new', [0, 5], 1);
      await send(bases[0], '/segment/counted');

      await begin(server);
      for (const base of bases) {
        await until(async () => (await ready(base))[0] === 503);
        await until(async () => reason.test((await ready(base))[1]));
        await expectAnswers(base);
        const body = { segment: 'new', user_id: 'more' };
        expect((await send(base, '/segment', { body })).status).to.equal(503);
      }
      await expectQuestions(bases[0]);

      await end(server);
      for (const base of bases) {
        await until(async () => (await ready(base))[0] === 200);
        await storeUsers(base, 'new', [5, 6]);
      }
      expect((await send(bases[1], '/segment/new')).json.user_count).to.equal(6);
    });
  }

  it('keeps ES from being ready on a Cluster only where all primaries do', async () => {
    const cluster = await startRedisCluster(3, 0);
    opened.push(cluster);
    const es = await startEs(esConfig('', { redis: { mode: 'cluster', url: cluster.url } }));
    opened.push(es);
    await es.ready;
    const base = urlOf(es);
    const [first, ...others] = cluster.primaries as [RedisServer, ...RedisServer[]];
    const statuses = async () => {
      const bodies = Array.from({ length: 60 }, (_, at) => ({ segment: `s${at}`, user_id: 'u' }));
      const answers = await Promise.all(bodies.map((body) => send(base, '/segment', { body })));
      return new Set(answers.map(({ status }) => status));
    };
    await set('min-replicas-to-write', '1')(first);
    expect(await statuses()).to.deep.equal(new Set([202, 503]));
    expect(await ready(base)).to.deep.equal([200, 'undefined']);
    for (const other of others) await set('min-replicas-to-write', '1')(other);
    await until(async () => /too few replicas/.test((await ready(base))[1]));
    await set('min-replicas-to-write', '0')(first);
    await until(async () => (await ready(base))[0] === 200);
  });

  for (const command of ['EVALSHA', 'PFADD', 'EXPIREAT', 'ZADD', 'TIME', 'GET']) {
    it(`keeps ES from being ready, which says why: it does not know ${command}`, async () => {
      const server = await startRedisServer({ 'rename-command': `${command} ""` });
      const es = await startEs(esConfig(`redis://127.0.0.1:${server.port}`));
      opened.push(server, es);
      const reason = /it does not know a command that ES needs/;
      await until(async () => reason.test((await ready(urlOf(es)))[1]));
    });
  }

  for (const [credentials, reason] of [
    ['', /it wants a password \(NOAUTH\)/],
    [':wrong@', /it refuses the user or the password \(WRONGPASS\)/],
  ] as const) {
    it(`is not taken for one that cannot be reached: ${reason.source}`, async () => {
      const server = await startRedisServer();
      opened.push(server);
      await server.client.config('SET', 'requirepass', 'secret');
      const es = await startEs(esConfig(`redis://${credentials}127.0.0.1:${server.port}`));
      opened.push(es);
      await until(async () => reason.test((await ready(urlOf(es)))[1]));
      await server.client.config('SET', 'requirepass', '');
    });
  }
});
