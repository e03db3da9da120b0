import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Running, startNode } from './process.js';
import { startRedis, type TestRedis } from './system.js';

const FREE_PORTS = { ES_HTTP_PORT: '0', ES_GRPC_PORT: '0', USS_HTTP_PORT: '0' };

/** Services in processes of their own, on a Redis that they share; there once tests run. */
export interface ServiceProcesses {
  /** Starts one as it is built, on free ports. It is killed behind the test. */
  start(name: 'es' | 'uss', env?: Record<string, string>): Running;
  /** The base URL of REST, once it is there. */
  restUrl(service: Running): Promise<string>;
  grpcPort(service: Running): Promise<string>;
}

/** Has tests start and stop services. */
export function describeProcesses(title: string, tests: (processes: ServiceProcesses) => void) {
  describe(title, () => {
    let redis: TestRedis;
    const running: Running[] = [];
    before(async () => {
      redis = await startRedis();
    });
    after(() => redis.close());
    afterEach(async () => {
      for (const service of running.splice(0)) await service.kill();
    });

    tests({
      start(name, env = {}) {
        const service = startNode(`dist/${name}/main.js`, {
          ...FREE_PORTS,
          ES_REDIS_URL: redis.url,
          ...env,
        });
        running.push(service);
        return service;
      },
      async restUrl(service) {
        const [, port] = await service.printed(/REST on 127\.0\.0\.1:(\d+)/);
        return `http://127.0.0.1:${port}`;
      },
      async grpcPort(service) {
        return (await service.printed(/gRPC on 127\.0\.0\.1:(\d+)/))[1] as string;
      },
    });
  });
}

/** A server that takes connections and says nothing. */
export async function listenSilently(): Promise<[{ close(): void }, number]> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return [{ close }, (server.address() as { port: number }).port];
}
