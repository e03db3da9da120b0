import { type Es, startEs } from '../../src/es/service.js';
import { send } from './http.js';
import { createRpcClient, type RpcClient } from './rpc.js';
import { esConfig, startRedis, type TestRedis } from './system.js';

/** One or more ES on a Redis, without USS. */
export interface EsSystem {
  /** The base URLs of their REST interfaces. */
  urls: [string, ...string[]];
  /** A client of the first. */
  rpc: RpcClient;
  close(): Promise<void>;
}

/** Starts as many ES as there are configurations, and waits until they are ready. */
export async function startEsOn(redisUrl: string, configs: object[] = [{}]): Promise<EsSystem> {
  const services: Es[] = [];
  for (const config of configs) services.push(await startEs(esConfig(redisUrl, config)));
  await Promise.all(services.map(({ ready }) => ready));
  const [first, ...others] = services.map(({ httpPort }) => `http://127.0.0.1:${httpPort}`);
  const rpc = createRpcClient(`127.0.0.1:${(services[0] as Es).grpcPort}`);
  return {
    urls: [first as string, ...others],
    rpc,
    async close() {
      rpc.close();
      await Promise.all(services.map((es) => es.close()));
    },
  };
}

/** The same on a Redis of its own. */
export async function startEsWithRedis(
  configs?: object[],
): Promise<EsSystem & { redis: TestRedis }> {
  const redis = await startRedis();
  const es = await startEsOn(redis.url, configs);
  return {
    ...es,
    redis,
    async close() {
      await es.close();
      await redis.close();
    },
  };
}

/** Stores the users `u<from>` up to, not including, `u<to>`, seen some days ago. */
export async function storeUsers(
  base: string,
  segment: string,
  [from, to]: readonly [number, number],
  daysAgo = 0,
): Promise<void> {
  const occurred_at = new Date(Date.now() - daysAgo * 86_400_000).toISOString();
  const lines = Array.from({ length: to - from }, (_, index) =>
    JSON.stringify({ segment, user_id: `u${from + index}`, occurred_at }),
  );
  await storeLines(base, lines);
}

/** Stores NDJSON, and throws unless every line was taken. */
export async function storeLines(base: string, lines: readonly string[]): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson' };
  const { json, text } = await send(base, '/segments', { body: lines.join('\n'), headers });
  if (json?.accepted !== lines.length) throw new Error(`not all was stored: ${text}`);
}
