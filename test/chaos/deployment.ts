import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/testbed/free-port.js';
import { type RabbitmqServer, startRabbitmqServer } from '../../scripts/testbed/rabbitmq-server.js';
import type { RedisConfig } from '../../src/es/redis/connection/connect.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { type Host, LOCAL } from '../support/host.js';
import { untilReady } from '../support/http.js';
import { until } from '../support/until.js';
import { createNetwork, type Network } from './network.js';
import { createServerPart, createServicePart, type Part } from './parts.js';
import { type Stores, startStores } from './stores.js';

/** What Redis is, and whether RabbitMQ is between the services; with it, Redis is a single one. */
export type ChaosMode = RedisConfig['mode'] | 'rabbitmq';

/** What stands between two parts, where all are on this machine. */
interface Link {
  name: string;
  proxy: FaultProxy;
}

/** Two USS, two ES and Redis as processes of their own. */
export interface Deployment {
  redis: RedisConfig;
  services: Part[];
  /** The servers that keep what was acknowledged, as processes. */
  stores: Part[];
  redisServers: Stores;
  links: Link[];
  /** Where each has a host of its own. */
  network: Network | undefined;
  /** Says how many milliseconds later than it is the second ES takes it to be. */
  clockFile: string;
  bases: string[];
  /** Resolves when nothing is on its way any more. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const HOSTS: Partial<Record<ChaosMode, string[]>> = {
  sentinel: ['a', 'b', 'r1', 'r2', 'r3'],
  cluster: ['a', 'b', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6'],
};

/** Under which both ES are found, where hosts have names. */
const ES_NAME = 'es.test';

/** @param env more of the environment of all services, over defaults */
export async function deploy(
  mode: ChaosMode,
  env: Record<string, string> = {},
): Promise<Deployment> {
  const names = HOSTS[mode];
  const network = names && createNetwork(names);
  const [a = LOCAL, b = LOCAL, ...rest] = network?.hosts ?? [];
  const broker = mode === 'rabbitmq' ? await startRabbitmqServer() : undefined;
  const stores = await startStores(mode === 'rabbitmq' ? 'single' : mode, rest);
  const directory = mkdtempSync(join(tmpdir(), 'chaos-'));
  const clockFile = join(directory, 'clock');
  writeFileSync(clockFile, '0');
  const ports = await Promise.all(Array.from({ length: 6 }, freePort));
  const [es1, es2, rest1, rest2, uss1, uss2] = ports as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];

  const links: Link[] = [];
  /** The port of a link to a server of this machine. */
  const linkTo = async (port: number, name: string): Promise<number> => {
    const proxy = await startFaultProxy(port);
    links.push({ name, proxy });
    return proxy.port;
  };
  const isLinked = network === undefined && stores.mode === 'single';
  const redisUrl = async (name: string) =>
    isLinked
      ? stores.url.replace(
          /\d+$/,
          String(await linkTo(stores.servers[0]?.port ?? 0, `${name}→redis`)),
        )
      : stores.url;
  const brokerUrl = async (name: string) => {
    const { url, port } = broker as RabbitmqServer;
    return url.replace(`:${port}`, `:${await linkTo(port, `${name}→rabbitmq`)}`);
  };
  const open = (service: string, host: Host) =>
    host === LOCAL
      ? {}
      : { [`${service}_HTTP_HOST`]: '0.0.0.0', [`${service}_GRPC_HOST`]: '0.0.0.0' };

  const startEs = async (name: string, host: Host, grpc: number, http: number, more = {}) =>
    createServicePart(
      name,
      'dist/es/main.js',
      {
        ES_REDIS_MODE: stores.mode,
        ES_REDIS_URL: await redisUrl(name),
        ...open('ES', host),
        ...(broker && { ES_RABBITMQ_URL: await brokerUrl(name) }),
        ES_GRPC_PORT: String(grpc),
        ES_HTTP_PORT: String(http),
        ...env,
        ...more,
      },
      host,
    );
  const clock = {
    NODE_OPTIONS: '--import ./test/support/clock-off.mjs',
    CLOCK_OFF_FILE: clockFile,
  };
  // Of one name they have one port.
  const es2Port = network === undefined ? es2 : es1;
  const es = [await startEs('es1', a, es1, rest1), await startEs('es2', b, es2Port, rest2, clock)];
  const esAddress =
    network === undefined
      ? `ipv4:127.0.0.1:${await linkTo(es1, 'uss→es1')},127.0.0.1:${await linkTo(es2, 'uss→es2')}`
      : `dns:///${ES_NAME}:${es1}`;
  network?.call(ES_NAME, [a, b]);
  const startUss = async (name: string, host: Host, http: number) =>
    createServicePart(
      name,
      'dist/uss/main.js',
      {
        USS_ES_ADDRESS: esAddress,
        USS_HTTP_PORT: String(http),
        ...open('USS', host),
        ...(broker && { USS_TRANSPORT: 'rabbitmq', USS_RABBITMQ_URL: await brokerUrl(name) }),
        ...env,
      },
      host,
    );
  const services = [...es, await startUss('uss1', a, uss1), await startUss('uss2', b, uss2)];
  for (const part of services) await part.start();
  const bases = [`http://${a.control}:${uss1}`, `http://${b.control}:${uss2}`];
  for (const base of bases) await untilReady(base);
  const parts = stores.servers.map((server, index) =>
    createServerPart(`redis${stores.mode === 'single' ? '' : index + 1}`, server),
  );
  return {
    redis: {
      mode: stores.mode,
      url: stores.url,
      masterName: 'mymaster',
      sentinelPassword: '',
      timeoutMs: 5_000,
    },
    services,
    stores: broker === undefined ? parts : [...parts, createServerPart('rabbitmq', broker)],
    redisServers: stores,
    links,
    network,
    clockFile,
    bases,
    async settled() {
      if (broker !== undefined) await untilEmpty(broker);
    },
    async close() {
      for (const part of services) await part.kill();
      for (const { proxy } of links) await proxy.close();
      await stores.close();
      await broker?.close();
      network?.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Every message is stored once the queues are empty and nothing of them is in anybody's hands. */
async function untilEmpty(broker: RabbitmqServer): Promise<void> {
  await until(async () => {
    const queues = await broker.control('-q', 'list_queues', 'name', 'messages');
    return !/^memberships(?!\.dead)\S*\s+[1-9]/m.test(queues) && /^memberships\s+0$/m.test(queues);
  });
}
