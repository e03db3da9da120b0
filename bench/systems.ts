import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureProgram, offerProgram } from '../scripts/programs.mjs';
import { freePort } from '../scripts/testbed/free-port.js';
import type { Processes } from './processes.js';

/** Something that is measured. */
export interface System {
  name: string;
  /** What takes `POST /segment`, and counts through everything. */
  front: string;
  /** What counts next to Redis. */
  back?: string;
  /** How a membership is put to it. */
  store: 'post' | 'pfadd';
  redisPort?: number;
}

/** This project, with what else is asked of it. */
export interface OwnSystem extends System {
  back: string;
  redisPort: number;
  grpc: string;
  processes: { uss: ChildProcess; es: ChildProcess };
}

const scratch = mkdtempSync(join(tmpdir(), 'bench-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

async function startRedis(processes: Processes, prefix: readonly string[] = []): Promise<number> {
  const port = await freePort();
  const directory = mkdtempSync(join(scratch, 'redis-'));
  const settings = { port, save: '', appendonly: 'yes', dir: directory };
  const command = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
  await processes.start([...prefix, ensureProgram('redis-server'), ...command], port);
  return port;
}

const script = (file: string) => [process.execPath, '--import', 'tsx', `bench/peers/${file}.ts`];

export async function startBare(processes: Processes): Promise<System> {
  const port = await freePort();
  await processes.start([...script('bare'), String(port)], port);
  return { name: 'bare node:http', front: `http://127.0.0.1:${port}`, store: 'post' };
}

export async function startNaive(processes: Processes): Promise<System> {
  const redisPort = await startRedis(processes);
  const [grpcPort, httpPort] = [await freePort(), await freePort()];
  await processes.start([...script('naive-es'), String(grpcPort), String(redisPort)], grpcPort);
  await processes.start([...script('naive-uss'), String(httpPort), String(grpcPort)], httpPort);
  return { name: 'naive pair', front: `http://127.0.0.1:${httpPort}`, store: 'post', redisPort };
}

/** Webdis, or undefined where it cannot be had. */
export async function startWebdis(processes: Processes): Promise<System | undefined> {
  const program = offerProgram('webdis');
  if (program === undefined) return undefined;
  const redisPort = await startRedis(processes);
  const port = await freePort();
  const config = join(scratch, 'webdis.json');
  writeFileSync(
    config,
    JSON.stringify({
      redis_host: '127.0.0.1',
      redis_port: redisPort,
      http_host: '127.0.0.1',
      http_port: port,
      threads: 2,
      daemonize: false,
      verbosity: 0,
      logfile: join(scratch, 'webdis.log'),
    }),
  );
  await processes.start([program, config], port);
  return { name: 'webdis', front: `http://127.0.0.1:${port}`, store: 'pfadd', redisPort };
}

/** Where Debian keeps the sources of Go libraries. */
const GOPATH = '/usr/share/gocode';

/** The Gin pair, or undefined where Go or Gin cannot be had. */
export async function startGin(processes: Processes): Promise<System | undefined> {
  const go = offerProgram('go');
  if (go === undefined || !existsSync(join(GOPATH, 'src/github.com/gin-gonic/gin')))
    return undefined;
  const program = join(scratch, 'gin-pair');
  const built = spawnSync(go, ['build', '-o', program, 'bench/peers/gin/main.go'], {
    stdio: 'inherit',
    env: { ...process.env, GO111MODULE: 'off', GOPATH, GOFLAGS: '' },
  });
  if (built.status !== 0) return undefined;
  const redisPort = await startRedis(processes);
  const [es, uss] = [await freePort(), await freePort()];
  await processes.start([program, 'es', `127.0.0.1:${es}`, `127.0.0.1:${redisPort}`], es);
  await processes.start([program, 'uss', `127.0.0.1:${uss}`, `http://127.0.0.1:${es}`], uss);
  return {
    name: 'Gin pair',
    front: `http://127.0.0.1:${uss}`,
    back: `http://127.0.0.1:${es}`,
    store: 'post',
    redisPort,
  };
}

/** As the images start it; see docs/operations.md. */
const PRODUCTION_FLAGS = ['--max-semi-space-size=64'];

export interface OwnOptions {
  name?: string;
  /** Where it is checked out and built; here unless given. */
  directory?: string;
  /** Where to write CPU profiles. */
  profiles?: string | undefined;
  env?: Record<string, string>;
  /** What starts the processes, such as taskset and its parameters. */
  prefix?: readonly string[];
}

/** This project as it runs in production: ES and USS as processes of their own, built from dist/. */
export async function startOwn(
  processes: Processes,
  { name = 'this system', directory = '.', profiles, env = {}, prefix = [] }: OwnOptions = {},
): Promise<OwnSystem> {
  const redisPort = await startRedis(processes, prefix);
  const [grpc, back, front] = [await freePort(), await freePort(), await freePort()];
  const node = [
    ...prefix,
    process.execPath,
    ...PRODUCTION_FLAGS,
    ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]),
  ];
  const es = await processes.start([...node, join(directory, 'dist/es/main.js')], grpc, {
    ES_REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    ES_HTTP_PORT: String(back),
    ES_GRPC_PORT: String(grpc),
    ES_LOG_LEVEL: 'warn',
    ...env,
  });
  const uss = await processes.start([...node, join(directory, 'dist/uss/main.js')], front, {
    USS_ES_ADDRESS: `dns:///127.0.0.1:${grpc}`,
    USS_HTTP_PORT: String(front),
    USS_LOG_LEVEL: 'error',
    // All of the load comes from one address.
    USS_HTTP_MAX_CONNECTIONS_PER_ADDRESS: '10000',
    ...env,
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
    processes: { uss, es },
  };
}
