import { expect } from 'chai';
import keySlot from 'cluster-key-slot';
import { startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { countOf, send } from '../support/http.js';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.js';
import type { RedisServer } from '../support/redis-server.js';
import { esConfig, ussConfig } from '../support/system.js';
import { until } from '../support/until.js';

const SEGMENTS = Array.from({ length: 60 }, (_, index) => `s${index}`);
const LOAD_MS = 4_000;
const CLIENTS = 8;

describe('A Cluster of which one part is not as it should be', () => {
  let cluster: RedisCluster;
  let urls: [uss: string, es: string];
  const opened: { close(): Promise<void> }[] = [];
  before(async () => {
    cluster = await startRedisCluster(3, 1);
    opened.push(cluster);
    for (const { client } of [...cluster.primaries, ...cluster.replicas]) {
      // Nobody steps in, and the others go on.
      await client.config('SET', 'cluster-node-timeout', '60000');
      await client.config('SET', 'cluster-require-full-coverage', 'no');
    }
    const redis = { mode: 'cluster', url: cluster.url, whenUnreplicated: 'go-on' };
    const es = await startEs(esConfig('', { redis }));
    opened.push(es);
    const uss = await startUss(ussConfig(es.grpcPort));
    opened.push(uss);
    await Promise.all([es.ready, uss.ready]);
    urls = [uss, es].map(({ httpPort }) => `http://127.0.0.1:${httpPort}`) as [string, string];
    for (const segment of SEGMENTS) await store(urls[1], segment, 'first');
  });
  after(async () => {
    for (const one of opened.reverse()) await one.close();
  });

  const store = async (base: string, segment: string, user_id: string) =>
    (await send(base, '/segment', { body: { segment, user_id } })).status;

  /** The segments that a primary has. */
  async function segmentsOf({ client }: RedisServer): Promise<Set<string>> {
    const keys = await client.keys('es:{s*');
    return new Set(keys.map((key) => /\{(.*)\}/.exec(key)?.[1] ?? ''));
  }

  /** Stores and counts in turn at both services for some time; what was answered of each segment. */
  async function load(): Promise<Map<string, number[]>> {
    const statuses = new Map(SEGMENTS.map((segment) => [segment, [] as number[]]));
    const end = performance.now() + LOAD_MS;
    const client = async (_: unknown, number: number) => {
      for (let round = number; performance.now() < end; round += CLIENTS) {
        const segment = SEGMENTS[round % SEGMENTS.length] as string;
        const base = urls[round % 2] as string;
        const status =
          round % 3 === 0
            ? (await send(base, `/segment/${segment}`)).status
            : await store(base, segment, `user ${round}`);
        statuses.get(segment)?.push(status);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    return statuses;
  }

  function expectServed(statuses: Map<string, number[]>, isBroken: (segment: string) => boolean) {
    const healthy = [...statuses].filter(([segment]) => !isBroken(segment));
    const answers = healthy.flatMap(([, some]) => some);
    const good = answers.filter((status) => status < 300).length;
    expect(answers.length).to.be.greaterThan(300);
    expect(good / answers.length).to.be.at.least(0.99);
    const broken = [...statuses].filter(([segment]) => isBroken(segment));
    for (const status of broken.flatMap(([, some]) => some)) {
      expect(status).to.be.oneOf([200, 202, 503]);
    }
  }

  it('serves the segments of the others while a primary does not answer', async () => {
    const [primary] = cluster.primaries as [RedisServer];
    const silent = await segmentsOf(primary);
    primary.signal('SIGSTOP');
    const statuses = await load();
    primary.signal('SIGCONT');
    expectServed(statuses, (segment) => silent.has(segment));
    for (const segment of silent) {
      await until(async () => (await store(urls[0], segment, 'again')) === 202);
    }
  });

  it('serves all other segments while a slot is being moved', async () => {
    const [from, to] = cluster.primaries as [RedisServer, RedisServer];
    const [segment = ''] = await segmentsOf(from);
    await countOf(urls[1], segment);
    const slot = keySlot(`{${segment}}`);
    const [source, target] = await Promise.all(
      [from, to].map(({ client }) => client.cluster('MYID')),
    );
    await to.client.cluster('SETSLOT', slot, 'IMPORTING', source as string);
    await from.client.cluster('SETSLOT', slot, 'MIGRATING', target as string);
    const keys = (await from.client.cluster('GETKEYSINSLOT', slot, 100)) as string[];
    const move = (some: string[]) =>
      from.client.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...some);
    await move(keys.slice(0, 1));
    const sameSlot = (name: string) => keySlot(`{${name}}`) === slot;
    expectServed(await load(), sameSlot);
    await move(keys.slice(1));
    for (const { client } of [to, from]) {
      await client.cluster('SETSLOT', slot, 'NODE', target as string);
    }
    await until(async () => (await store(urls[0], segment, 'moved')) === 202);
  });
});
