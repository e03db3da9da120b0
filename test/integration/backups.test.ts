import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { countLost, NOTHING_LOST } from '../support/count-lost.js';
import { type EsSystem, startEsOn, storeUsers } from '../support/es.js';
import { send } from '../support/http.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';

/** Users whom a sample has all of, and more than it has. */
const SIZES = { small: 700, large: 5_000 };

const SEGMENTS = Object.keys(SIZES);

describe('A Redis that was restored from a backup', () => {
  let original: RedisServer;
  let es: EsSystem;
  let closings: (() => Promise<void> | void)[] = [];
  beforeEach(async () => {
    original = await startRedisServer();
    es = await startEsOn(original.url);
    closings = [() => original.close(), () => es.close()];
    for (const [segment, size] of Object.entries(SIZES)) {
      await storeUsers(es.urls[0], segment, [0, size - 300], 2);
      await storeUsers(es.urls[0], segment, [300, size]);
    }
  });
  afterEach(async () => {
    for (const close of closings.reverse()) await close();
  });

  /** What is said of each segment, but for the time of the answer. */
  const answersOf = async ({ urls: [base] }: EsSystem) =>
    Promise.all(
      [...SEGMENTS, 'small?days=1'].map(async (segment) => {
        const [name, query = ''] = segment.split('?');
        const { json } = await send(base, `/segment/${name}/estimate?${query}`);
        return { ...json, as_of: undefined };
      }),
    );

  const acknowledged = (segment: string, [from, to]: readonly [number, number]) =>
    Array.from({ length: to - from }, (_, index) => ({
      segment,
      userId: `u${from + index}`,
      time: Date.now(),
    }));

  const lostOf = (server: RedisServer, more: ReturnType<typeof acknowledged> = []) =>
    countLost(
      { mode: 'single', url: server.url, timeoutMs: 5_000, masterName: '', sentinelPassword: '' },
      [...Object.entries(SIZES).flatMap(([name, to]) => acknowledged(name, [300, to])), ...more],
    );

  for (const [way, restore] of [
    ['its RDB file', copyFile],
    ['DUMP and RESTORE', copyKeys],
  ] as const) {
    it(`has the same samples, and goes on with them: ${way}`, async () => {
      const before = await answersOf(es);
      const { server, close } = await restore(original);
      closings.push(close);
      for (const key of await samplesOf(original.client)) {
        expect(await server.client.smembers(key)).to.deep.equal(
          await original.client.smembers(key),
        );
        expect(await server.client.object('ENCODING', key)).to.equal('intset');
        expect(await server.client.expiretime(key)).to.equal(await original.client.expiretime(key));
      }
      const restored = await startEsOn(server.url);
      closings.push(() => restored.close());
      expect(await answersOf(restored)).to.deep.equal(before);
      for (const segment of SEGMENTS) await storeUsers(restored.urls[0], segment, [0, 6_000]);
      const more = SEGMENTS.flatMap((segment) => acknowledged(segment, [0, 6_000]));
      expect(await lostOf(server, more)).to.deep.equal(NOTHING_LOST);
    });
  }

  it('is behind what an ES remembers of it, and lacks nothing of what it is told from then on', async () => {
    await answersOf(es);
    const dumps = await dumpAll(original.client);
    for (const segment of SEGMENTS) await storeUsers(es.urls[0], segment, [10_000, 20_000]);
    await original.client.flushall();
    await restoreAll(original.client, dumps);
    for (const segment of SEGMENTS) await storeUsers(es.urls[0], segment, [20_000, 22_000]);
    const more = SEGMENTS.flatMap((segment) => acknowledged(segment, [20_000, 22_000]));
    expect(await lostOf(original, more)).to.deep.equal(NOTHING_LOST);
  });
});

async function samplesOf(redis: Redis): Promise<string[]> {
  const keys = await redis.keys('*:sample');
  const types = await Promise.all(keys.map((key) => redis.type(key)));
  return keys.filter((_, index) => types[index] === 'set');
}

type Dump = readonly [key: string, expiry: number, dump: Buffer];

async function dumpAll(redis: Redis): Promise<Dump[]> {
  return Promise.all(
    (await redis.keys('*')).map(async (key): Promise<Dump> => {
      const dump = (await redis.dumpBuffer(key)) as Buffer;
      return [key, await redis.pexpiretime(key), dump];
    }),
  );
}

async function restoreAll(redis: Redis, dumps: readonly Dump[]): Promise<void> {
  for (const [key, expiry, dump] of dumps) {
    await redis.call('RESTORE', key, Math.max(0, expiry), dump, 'REPLACE', 'ABSTTL');
  }
}

async function copyKeys({ client }: RedisServer) {
  const server = await startRedisServer();
  await restoreAll(server.client, await dumpAll(client));
  return { server, close: () => server.close() };
}

async function copyFile({ client, directory }: RedisServer) {
  const dir = mkdtempSync(join(tmpdir(), 'backup-'));
  await client.save();
  copyFileSync(join(directory, 'dump.rdb'), join(dir, 'dump.rdb'));
  const server = await startRedisServer({ dir, appendonly: 'no' });
  const close = async () => {
    await server.close();
    rmSync(dir, { recursive: true });
  };
  return { server, close };
}
