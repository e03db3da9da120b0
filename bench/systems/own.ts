import { join } from 'node:path';
import { freePort } from '../../scripts/testbed/free-port.js';
import type { Processes } from './processes.js';
import { createProfiles } from './profiles.js';
import { startRedis } from './redis.js';
import type { OwnSystem } from './system.js';

/** As the images start it; see docs/operations.md. */
const PRODUCTION_FLAGS = ['--max-semi-space-size=64'];

export interface OwnOptions {
  name?: string;
  /** Where it is checked out and built; here unless given. */
  directory?: string;
  /** Whether CPU profiles are to be taken of it. */
  isProfiled?: boolean;
  env?: Record<string, string>;
  /** What starts the processes, such as taskset and its parameters. */
  prefix?: readonly string[];
}

/** This project as it runs in production: ES and USS as processes of their own, built from dist/. */
export async function startOwn(
  processes: Processes,
  {
    name = 'this system',
    directory = '.',
    isProfiled = false,
    env = {},
    prefix = [],
  }: OwnOptions = {},
): Promise<OwnSystem> {
  const { port: redisPort, redis } = await startRedis(processes, prefix);
  const [grpc, back, front] = [await freePort(), await freePort(), await freePort()];
  const node = [
    ...prefix,
    process.execPath,
    ...PRODUCTION_FLAGS,
    ...(isProfiled ? ['--import', './bench/systems/profiler.mjs'] : []),
  ];
  const start = (service: string, port: number, settings: Record<string, string>) =>
    processes.start(
      [...node, join(directory, `dist/${service}/main.js`)],
      port,
      { ...settings, ...env },
      isProfiled,
    );
  const es = await start('es', grpc, {
    ES_REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    ES_HTTP_PORT: String(back),
    ES_GRPC_PORT: String(grpc),
    ES_LOG_LEVEL: 'warn',
  });
  const uss = await start('uss', front, {
    USS_ES_ADDRESS: `dns:///127.0.0.1:${grpc}`,
    USS_HTTP_PORT: String(front),
    USS_LOG_LEVEL: 'error',
    // All of the load comes from one address.
    USS_HTTP_MAX_CONNECTIONS_PER_ADDRESS: '10000',
  });
  const base = `http://127.0.0.1:${front}`;
  while (!(await fetch(`${base}/readyz`)).ok) await new Promise(setImmediate);
  return {
    name,
    front: base,
    back: `http://127.0.0.1:${back}`,
    store: 'post',
    redisPort,
    grpc: `127.0.0.1:${grpc}`,
    processes: { USS: uss, ES: es, Redis: redis },
    ...(isProfiled && { profiles: createProfiles({ USS: uss, ES: es }, redisPort) }),
  };
}
