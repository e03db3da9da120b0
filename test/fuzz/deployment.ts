import type { RedisConfig } from '../../src/es/redis/connection/connect.js';
import { send, untilReady } from '../support/http.js';
import { type Running, startNode } from '../support/process.js';
import { startRedisServer } from '../support/redis-server.js';
import type { Targets } from './exchange.js';

/** Memory, in bytes. */
export const RESIDENT = 'process_resident_memory_bytes';

/** ES and USS, built, and a Redis: each a process of its own. */
export interface Deployment {
  targets: Targets;
  redis: RedisConfig;
  services: { name: string; base: string; process: Running }[];
  /** A metric of each service without labels, by its name; NaN where nothing tells. */
  measure(metric: string): Promise<Record<string, number>>;
  close(): Promise<void>;
}

export async function deploy(): Promise<Deployment> {
  const server = await startRedisServer();
  const url = `redis://127.0.0.1:${server.port}`;
  const es = startNode('dist/es/main.js', {
    ES_REDIS_URL: url,
    ES_HTTP_PORT: '0',
    ES_GRPC_PORT: '0',
    // So that connections that were broken are given up before anyone looks for them.
    ES_GRPC_KEEP_ALIVE_MS: '2000',
  });
  const [, esPort, grpc] = await es.printed(/REST on [^"]*?:(\d+), gRPC on [^"]*?:(\d+)/);
  const uss = startNode('dist/uss/main.js', {
    USS_ES_ADDRESS: `ipv4:127.0.0.1:${grpc}`,
    USS_HTTP_PORT: '0',
  });
  const [, ussPort] = await uss.printed(/REST on [^"]*?:(\d+)/);
  const services = [
    { name: 'ES', base: `http://127.0.0.1:${esPort}`, process: es },
    { name: 'USS', base: `http://127.0.0.1:${ussPort}`, process: uss },
  ];
  for (const { base } of services) await untilReady(base);
  return {
    targets: { rest: { es: Number(esPort), uss: Number(ussPort) }, grpc: Number(grpc) },
    redis: { mode: 'single', url, masterName: '', sentinelPassword: '', timeoutMs: 5_000 },
    services,
    async measure(metric) {
      const values = services.map(async ({ name, base }) => {
        const answer = await send(base, '/metrics').catch(() => undefined);
        return [name, Number(new RegExp(`^${metric} (.*)$`, 'm').exec(answer?.text ?? '')?.[1])];
      });
      return Object.fromEntries(await Promise.all(values));
    },
    async close() {
      for (const { process } of services) await process.kill();
      await server.close();
    },
  };
}
