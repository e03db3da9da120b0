import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisConfig } from '../../src/es/redis/connection.js';
import { send, untilReady } from '../support/http.js';
import { countLost } from '../support/lost.js';
import {
  startRedisCluster,
  startRedisSentinels,
  startRedisServer,
} from '../support/redis-server.js';
import { createRandom } from '../support/sample.js';
import { type Load, startLoad } from './load.js';
import { createRedisPart, createServicePart, type Part } from './parts.js';

export interface ChaosOptions {
  mode: 'single' | 'sentinel' | 'cluster';
  faults: number;
  /** The same seed brings the same faults in the same order. */
  seed: number;
  waitReplicas: number;
  /** Told of each fault once it is over. */
  onFault?: (fault: FaultReport) => void;
}

export interface FaultReport {
  part: string;
  fault: string;
  /** The longest time without an acknowledgement, in milliseconds. */
  outageMs: number;
  /** From when the part was back to the next acknowledgement, in milliseconds. */
  recoveryMs: number;
}

export interface ChaosReport {
  faults: FaultReport[];
  sent: number;
  acknowledged: number;
  refused: Record<string, number>;
  /** Acknowledged memberships that are not there. */
  lost: { bucket: number; window: number };
}

const CLIENTS = 16;
const PAUSE_MS = 2;

/** Two USS, two ES and Redis as processes of their own. */
export interface Deployment {
  redis: RedisConfig;
  services: Part[];
  redisParts: Part[];
  bases: string[];
  close(): Promise<void>;
}

export async function deploy(
  mode: ChaosOptions['mode'],
  waitReplicas: number,
  env: Record<string, string> = {},
): Promise<Deployment> {
  const { url, parts, close } = await startRedisOf(mode);
  const ports = await Promise.all(Array.from({ length: 6 }, freePort));
  const [es1, es2, rest1, rest2, uss1, uss2] = ports.map(String) as [string, ...string[]];
  const common = { ES_LOG_LEVEL: 'info', USS_LOG_LEVEL: 'info', ...env };
  const es = (name: string, grpc = '', http = '') =>
    createServicePart(name, 'dist/es/main.js', {
      ...common,
      ES_REDIS_MODE: mode,
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
      ...{ mode, url, masterName: 'mymaster', sentinelPassword: '', timeoutMs: 5_000 },
    },
    services,
    redisParts: parts,
    bases,
    async close() {
      for (const part of services) await part.kill();
      await close();
    },
  };
}

/** Puts a deployment under load, lets faults happen to it, and checks what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const random = createRandom(options.seed);
  const deployment = await deploy(options.mode, options.waitReplicas);
  try {
    const { bases, services, redisParts } = deployment;
    const load = startLoad({ bases, clients: CLIENTS, pauseMs: PAUSE_MS, random: createRandom(1) });
    await load.next();
    await countEverything(bases);
    const faults: FaultReport[] = [];
    for (let number = 0; number < options.faults; number += 1) {
      // Each in turn first, so that every part is hit however few the faults are.
      const parts = [...services, ...redisParts];
      const part = parts[number < parts.length ? number : Math.floor(random() * parts.length)];
      const report = await hit(part as Part, load, random);
      faults.push(report);
      options.onFault?.(report);
    }
    await load.stop();
    for (const base of bases) await untilReady(base);
    return {
      faults,
      sent: load.sent,
      acknowledged: load.acknowledged.length,
      refused: Object.fromEntries(load.refused),
      lost: await countLost(deployment.redis, load.acknowledged),
    };
  } finally {
    await deployment.close();
  }
}

async function hit(part: Part, load: Load, random: () => number): Promise<FaultReport> {
  await delay(500 + random() * 1_000);
  load.takeLongestGap();
  const kind = Math.floor(random() * 3);
  const awayMs = 200 + random() * 2_800;
  if (kind === 0) {
    await part.kill();
    await delay(awayMs);
    await part.start();
  } else if (kind === 1) {
    part.pause();
    await delay(awayMs);
    part.resume();
  } else {
    await part.stop();
    await delay(awayMs / 4);
    await part.start();
  }
  const back = performance.now();
  await load.next();
  const recoveryMs = performance.now() - back;
  await delay(1_500);
  return {
    part: part.name,
    fault: ['kill -9', 'pause', 'restart'][kind] as string,
    outageMs: Math.round(load.takeLongestGap()),
    recoveryMs: Math.round(recoveryMs),
  };
}

/** Counts every segment, so that each has a running window from the start. */
async function countEverything(bases: readonly string[]): Promise<void> {
  const segments = Array.from({ length: 50 }, (_, index) => `segment ${index}`);
  await send(bases[0] as string, '/counts', { body: { segments } });
}

async function startRedisOf(mode: ChaosOptions['mode']) {
  if (mode === 'single') {
    const server = await startRedisServer();
    const url = `redis://127.0.0.1:${server.port}`;
    return { url, parts: [createRedisPart('redis', server)], close: () => server.close() };
  }
  if (mode === 'sentinel') {
    const group = await startRedisSentinels(2);
    const parts = group.servers.map((server, index) =>
      createRedisPart(`redis${index + 1}`, server),
    );
    return { url: group.url, parts, close: () => group.close() };
  }
  const cluster = await startRedisCluster(3, 1);
  const parts = [...cluster.primaries, ...cluster.replicas].map((server, index) =>
    createRedisPart(`redis${index + 1}`, server),
  );
  return { url: cluster.url, parts, close: () => cluster.close() };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
