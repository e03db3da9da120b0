import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { offerProgram } from '../../scripts/programs.mjs';
import { freePort } from '../../scripts/testbed/free-port.js';
import { buildGo } from './go.js';
import { type Processes, scratch } from './processes.js';
import { startRedis } from './redis.js';
import type { GrpcSystem, System } from './system.js';

const script = (file: string) => [process.execPath, '--import', 'tsx', `bench/peers/${file}.ts`];

export async function startBare(processes: Processes): Promise<System> {
  const port = await freePort();
  const server = await processes.start([...script('bare'), String(port)], port);
  return {
    name: 'bare node:http',
    front: `http://127.0.0.1:${port}`,
    store: 'post',
    processes: { server },
  };
}

export async function startNaive(processes: Processes): Promise<System> {
  const { port: redisPort, redis } = await startRedis(processes);
  const [grpc, http] = [await freePort(), await freePort()];
  const es = await processes.start([...script('naive-es'), String(grpc), String(redisPort)], grpc);
  const uss = await processes.start([...script('naive-uss'), String(http), String(grpc)], http);
  return {
    name: 'naive pair',
    front: `http://127.0.0.1:${http}`,
    store: 'post',
    redisPort,
    processes: { USS: uss, ES: es, Redis: redis },
  };
}

/** Webdis, or undefined where it cannot be had. */
export async function startWebdis(processes: Processes): Promise<System | undefined> {
  const program = offerProgram('webdis');
  if (program === undefined) return undefined;
  const { port: redisPort, redis } = await startRedis(processes);
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
  const server = await processes.start([program, config], port);
  return {
    name: 'webdis',
    front: `http://127.0.0.1:${port}`,
    store: 'pfadd',
    redisPort,
    processes: { webdis: server, Redis: redis },
  };
}

/** The Gin pair, or undefined where Go or Gin cannot be had. */
export async function startGin(processes: Processes): Promise<System | undefined> {
  const program = buildGo('gin', 'github.com/gin-gonic/gin');
  if (program === undefined) return undefined;
  const { port: redisPort, redis } = await startRedis(processes);
  const [back, front] = [await freePort(), await freePort()];
  const es = await processes.start(
    [program, 'es', `127.0.0.1:${back}`, `127.0.0.1:${redisPort}`],
    back,
  );
  const uss = await processes.start(
    [program, 'uss', `127.0.0.1:${front}`, `http://127.0.0.1:${back}`],
    front,
  );
  return {
    name: 'Gin pair',
    front: `http://127.0.0.1:${front}`,
    back: `http://127.0.0.1:${back}`,
    store: 'post',
    redisPort,
    processes: { USS: uss, ES: es, Redis: redis },
  };
}

/** The gRPC server in Go, or undefined where Go or gRPC for it cannot be had. */
export async function startGoGrpc(processes: Processes): Promise<GrpcSystem | undefined> {
  const program = buildGo('grpc', 'google.golang.org/grpc');
  if (program === undefined) return undefined;
  const { port: redisPort, redis } = await startRedis(processes);
  const port = await freePort();
  const server = await processes.start(
    [program, `127.0.0.1:${port}`, `127.0.0.1:${redisPort}`],
    port,
  );
  return {
    name: 'Go gRPC server',
    grpc: `127.0.0.1:${port}`,
    redisPort,
    processes: { server, Redis: redis },
  };
}
