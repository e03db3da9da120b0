import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { loadEsConfig } from '../../src/es/config.js';
import { type Es, startEs } from '../../src/es/service.js';
import { privateRedisUrl } from '../../src/local/private-redis.js';
import { loadUssConfig } from '../../src/uss/config.js';
import { startUss, type Uss } from '../../src/uss/service.js';
import { startHeldRedis } from './held-redis.js';
import { timeLimit } from './time-limit.js';

/** A Redis of the test's own. */
export interface TestRedis {
  url: string;
  /** A connection to look into it with. */
  client: Redis;
  /** Kills it as a crash would; resolves when it has been started again on the same data. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

/** Resolves when a connection is ready next. Attempts that fail before are no failure. */
export function untilConnected(client: Redis): Promise<void> {
  return new Promise((resolve) => client.once('ready', resolve));
}

/** Starts a real Redis on a socket and in a directory of its own. */
export async function startRedis(): Promise<TestRedis> {
  const directory = mkdtempSync(join(tmpdir(), 'redis-test-'));
  const redis = await startHeldRedis(directory);
  const url = privateRedisUrl(directory);
  const client = new Redis(url.replace('unix://', ''));
  return {
    url,
    client,
    async crash() {
      const [, pid] = /process_id:(\d+)/.exec(await client.info('server')) ?? [];
      const gone = once(client, 'close');
      process.kill(Number(pid), 'SIGKILL');
      await gone;
      if (client.status !== 'ready') await untilConnected(client);
    },
    async close() {
      client.disconnect();
      await redis.close(AbortSignal.timeout(timeLimit(5_000)));
      rmSync(directory, { recursive: true });
    },
  };
}

/** ES and USS on a Redis of their own, on free ports. */
export interface System {
  redis: Redis;
  es: Es;
  uss: Uss;
  /** Base URLs of the two REST interfaces. */
  urls: { uss: string; es: string };
  /** Address of the gRPC interface. */
  grpc: string;
  close(): Promise<void>;
}

const QUIET = { log: { level: 'silent' } };

/**
 * The configuration of an ES for tests. In the last hour of a UTC day ES makes windows of the next day by itself; tests count
 * keys and commands at any hour, so those of this warming turn it on.
 *
 * @param more what else is configured; ports that it leaves out are any free ones
 */
export function esConfig(redisUrl: string, more: object = {}) {
  return loadEsConfig({
    ...QUIET,
    redis: { url: redisUrl },
    ...more,
    http: partOf(more, 'http', { port: 0 }),
    grpc: partOf(more, 'grpc', { port: 0 }),
    window: partOf(more, 'window', { warmPercent: 0 }),
  });
}

/** The configuration of a USS for tests. @param more as at `esConfig` */
export function ussConfig(grpcPort: number, more: object = {}) {
  return loadUssConfig({
    ...QUIET,
    es: { address: `dns:///127.0.0.1:${grpcPort}` },
    ...more,
    http: partOf(more, 'http', { port: 0 }),
  });
}

/** A part of a configuration: what a test says of it, and what is usual where it does not. */
function partOf(more: object, name: 'http' | 'grpc' | 'window', usual: object): object {
  return { ...usual, ...(more as Record<string, object>)[name] };
}

/**
 * Starts everything and waits until it is ready.
 *
 * @param now the clock of both services, in milliseconds
 * @param http what of REST is other than by default, at both
 */
export async function startSystem(now?: () => number, http: object = {}): Promise<System> {
  const redis = await startRedis();
  const rest = { http };
  const es = await startEs(esConfig(redis.url, rest), now);
  const uss = await startUss(ussConfig(es.grpcPort, rest), now);
  await Promise.all([es.ready, uss.ready]);
  return {
    redis: redis.client,
    es,
    uss,
    urls: { uss: `http://127.0.0.1:${uss.httpPort}`, es: `http://127.0.0.1:${es.httpPort}` },
    grpc: `127.0.0.1:${es.grpcPort}`,
    async close() {
      await uss.close();
      await es.close();
      await redis.close();
    },
  };
}
