import { RESIDENT } from '../fuzz/deployment.js';
import { send, untilReady } from '../support/http.js';
import { type Running, startCommand } from '../support/process.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';

/** ES on a Redis, each a process of its own, so that its memory and CPU are its own too. */
export interface AttackedEs {
  base: string;
  httpPort: number;
  grpcPort: number;
  process: Running;
  redis: RedisServer;
  /** A metric without labels, NaN where there is none. */
  metric(name: string): Promise<number>;
  /** Resident memory, in bytes. */
  resident(): Promise<number>;
  /** CPU time it has used since its start, in seconds. */
  cpu(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Starts ES as it is built in dist/.
 *
 * @param env more of its environment
 * @param setUp a command of the shell that it is started after, such as `ulimit -n 300`
 */
export async function startAttackedEs(
  env: Record<string, string> = {},
  setUp = ':',
): Promise<AttackedEs> {
  const redis = await startRedisServer();
  const command = `${setUp} && exec "$0" dist/es/main.js`;
  const es = startCommand(['sh', '-c', command, process.execPath], {
    ES_REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    ES_HTTP_PORT: '0',
    ES_GRPC_PORT: '0',
    // In the last hour of a UTC day it would make windows of the next day.
    ES_WINDOW_WARM_PERCENT: '0',
    ...env,
  });
  const [, http, grpc] = await es.printed(/REST on [^"]*?:(\d+), gRPC on [^"]*?:(\d+)/);
  const base = `http://127.0.0.1:${http}`;
  await untilReady(base);
  const metric = async (name: string) => {
    const { text } = await send(base, '/metrics');
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
  };
  return {
    base,
    httpPort: Number(http),
    grpcPort: Number(grpc),
    process: es,
    redis,
    metric,
    resident: () => metric(RESIDENT),
    cpu: () => metric('process_cpu_seconds_total'),
    async close() {
      await es.kill();
      await redis.close();
    },
  };
}
