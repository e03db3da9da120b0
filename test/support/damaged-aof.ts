import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startHeldRedis } from './held-redis.js';

export const BASE = 'appendonly.aof.2.base.rdb';
/** What was written after the base, and after a rewrite that did not come to its end. */
export const FIRST = 'appendonly.aof.2.incr.aof';
export const SECOND = 'appendonly.aof.3.incr.aof';
export const MANIFEST = 'appendonly.aof.manifest';

/** Writes of which each of the three files has as many. */
export const WRITES = 30;

/** Data of a Redis that has ended in an orderly way. */
export interface SampleData {
  /** A directory for data, with a copy of them. */
  copy(): string;
  remove(): void;
}

/** Writes an append-only file of three files. */
export async function makeSampleData(): Promise<SampleData> {
  const top = mkdtempSync(join(tmpdir(), 'append-only-'));
  const data = join(top, 'data');
  const redis = await startHeldRedis(data);
  const client = new Redis(join(data, 'redis/redis.sock'));
  await write(client, 0, WRITES / 3);
  await client.bgrewriteaof();
  while (/aof_rewrite_(in_progress|scheduled):1/.test(await client.info('persistence')));
  await write(client, WRITES / 3, (2 * WRITES) / 3);
  await client.config('SET', 'rdb-key-save-delay', '100000000');
  await client.bgrewriteaof();
  await write(client, (2 * WRITES) / 3, WRITES);
  client.disconnect();
  await redis.close(new AbortController().signal);
  let copies = 0;
  return {
    copy() {
      copies += 1;
      const directory = join(top, String(copies));
      cpSync(data, directory, { recursive: true });
      return directory;
    },
    remove: () => rmSync(top, { recursive: true }),
  };
}

async function write(client: Redis, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index += 1) {
    const key = `es:{s${index}}:2026-05-23`;
    await client.multi().pfadd(key, `u${index}`).expire(key, 100_000).exec();
  }
}

/** Which writes a Redis on some data has; each key has to expire, as it did. */
export async function writesIn(data: string): Promise<number[]> {
  const redis = await startHeldRedis(data);
  const client = new Redis(join(data, 'redis/redis.sock'));
  const keys = await client.keys('*');
  const expiries = await Promise.all(keys.map((key) => client.ttl(key)));
  client.disconnect();
  await redis.close(new AbortController().signal);
  if (!expiries.every((seconds) => seconds > 0)) throw new Error('a key has no expiry');
  return keys.map((key) => Number(/\{s(\d+)\}/.exec(key)?.[1])).sort((one, other) => one - other);
}
