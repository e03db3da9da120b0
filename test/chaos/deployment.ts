import type { RedisConfig } from '../../src/es/redis/connection.js';
import { freePort } from '../support/free-port.js';
import { untilReady } from '../support/http.js';
import { type RabbitmqServer, startRabbitmqServer } from '../support/rabbitmq-server.js';
import { startRedisSentinels } from '../support/redis-sentinels.js';
import { startRedisCluster, startRedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { createServerPart, createServicePart, type Part } from './parts.js';

/** What Redis is, and whether RabbitMQ is between the services; with it, Redis is a single one. */
export type ChaosMode = RedisConfig['mode'] | 'rabbitmq';

/** Two USS, two ES and Redis as processes of their own. */
export interface Deployment {
  redis: RedisConfig;
  services: Part[];
  /** The servers that keep what was acknowledged. */
  stores: Part[];
  bases: string[];
  /** Resolves when nothing is on its way any more. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export async function deploy(
  mode: ChaosMode,
  waitReplicas: number,
  env: Record<string, string> = {},
): Promise<Deployment> {
  const broker = mode === 'rabbitmq' ? await startRabbitmqServer() : undefined;
  const redisMode = mode === 'rabbitmq' ? 'single' : mode;
  const { url, parts, close } = await startRedisOf(redisMode);
  const ports = await Promise.all(Array.from({ length: 6 }, freePort));
  const [es1, es2, rest1, rest2, uss1, uss2] = ports.map(String) as [string, ...string[]];
  const common = {
    ES_LOG_LEVEL: 'info',
    USS_LOG_LEVEL: 'info',
    ...(broker && {
      USS_TRANSPORT: 'rabbitmq',
      USS_RABBITMQ_URL: broker.url,
      ES_RABBITMQ_URL: broker.url,
    }),
    ...env,
  };
  const es = (name: string, grpc = '', http = '') =>
    createServicePart(name, 'dist/es/main.js', {
      ...common,
      ES_REDIS_MODE: redisMode,
      ES_REDIS_URL: url,
      ES_REDIS_WAIT_REPLICAS: String(waitReplicas),
      ES_REDIS_TIMEOUT_MS: '1500',
      ES_GRPC_PORT: grpc,
      ES_HTTP_PORT: http,
    });
  const uss = (name: string, http = '') =>
    createServicePart(name, 'dist/uss/main.js', {
      ...common,
      USS_ES_ADDRESS: `ipv4:127.0.0.1:${es1},127.0.0.1:${es2}`,
      USS_HTTP_PORT: http,
    });
  const services = [
    es('es1', es1, rest1),
    es('es2', es2, rest2),
    uss('uss1', uss1),
    uss('uss2', uss2),
  ];
  for (const part of services) await part.start();
  const bases = [uss1, uss2].map((port) => `http://127.0.0.1:${port}`);
  for (const base of bases) await untilReady(base);
  return {
    redis: {
      ...{ mode: redisMode, url, masterName: 'mymaster', sentinelPassword: '', timeoutMs: 5_000 },
    },
    services,
    // With RabbitMQ it is that which faults happen to.
    stores: broker === undefined ? parts : [createServerPart('rabbitmq', broker)],
    bases,
    async settled() {
      if (broker !== undefined) await untilEmpty(broker);
    },
    async close() {
      for (const part of services) await part.kill();
      await close();
      await broker?.close();
    },
  };
}

/** Every message is stored once the queue is empty and nothing of it is in anybody's hands. */
async function untilEmpty(broker: RabbitmqServer): Promise<void> {
  await until(async () => {
    const queues = await broker.control('-q', 'list_queues', 'name', 'messages');
    return /^memberships\s+0$/m.test(queues);
  });
}

async function startRedisOf(mode: RedisConfig['mode']) {
  if (mode === 'single') {
    const server = await startRedisServer();
    const url = `redis://127.0.0.1:${server.port}`;
    return { url, parts: [createServerPart('redis', server)], close: () => server.close() };
  }
  if (mode === 'sentinel') {
    const group = await startRedisSentinels(2);
    const parts = group.servers.map((server, index) =>
      createServerPart(`redis${index + 1}`, server),
    );
    return { url: group.url, parts, close: () => group.close() };
  }
  const cluster = await startRedisCluster(3, 1);
  const parts = [...cluster.primaries, ...cluster.replicas].map((server, index) =>
    createServerPart(`redis${index + 1}`, server),
  );
  return { url: cluster.url, parts, close: () => cluster.close() };
}
