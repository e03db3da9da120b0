import { fileURLToPath } from 'node:url';
import { loadEsConfig } from '../es/config.js';
import { startEs } from '../es/service.js';
import { fitToDescriptors } from '../process/descriptors.js';
import { inUrl } from '../process/host-in-url.js';
import { acquire, type Closable, type Release, run, StartError } from '../process/lifecycle.js';
import { withTimeout } from '../process/timeout.js';
import { createLogger, type Logger } from '../telemetry/logger.js';
import { loadUssConfig } from '../uss/config.js';
import { startUss } from '../uss/service.js';
import { repair } from './append-only-file.js';
import { holdData, type LockDirectory } from './held-data.js';
import { makeOwnKey } from './own-key.js';
import { privateRedisUrl, startPrivateRedis } from './private-redis.js';

const DATA = fileURLToPath(new URL('../../.data', import.meta.url));

/** How long a start may take before a message says what it waits for. */
const START_MS = 1_500;

/** The parts of the machine that `npm start` needs. */
export interface Machine {
  /** Finds a program; called only if a private Redis is needed. */
  program: (name: string) => string;
  lock: LockDirectory;
}

/**
 * Runs the whole system in this process: a private Redis unless one is configured, ES and USS.
 *
 * @param wantsRepair whether to repair a damaged append-only file of the private Redis
 */
export function runStandalone(machine: Machine, wantsRepair = false): Promise<void> {
  return run('start', () => startStandalone(machine, wantsRepair));
}

function startStandalone(machine: Machine, wantsRepair: boolean): Promise<Closable> {
  const privateUrl = privateRedisUrl(DATA);
  const esConfig = loadEsConfig({ redis: { url: privateUrl } });
  // The port of ES is known only when ES listens.
  const ussDefaults = loadUssConfig();
  const parts = [esConfig, ussDefaults].map(({ shutdown }) => shutdown);
  const closeTimeoutMs = parts.reduce((sum, part) => sum + part.delayMs + part.timeoutMs, 5_000);

  return acquire(closeTimeoutMs, async (onRelease) => {
    if (esConfig.redis.url === privateUrl) {
      await startRedis(machine, wantsRepair, createLogger('redis', esConfig.log), onRelease);
    } else if (wantsRepair) {
      throw new StartError(
        '--repair is for the Redis of npm start, and ES_REDIS_URL names another',
      );
    }
    // Both services share the open files of one process.
    const fitted = fitToDescriptors(
      {
        ES_HTTP_MAX_CONNECTIONS: esConfig.http.maxConnections,
        ES_GRPC_MAX_CONNECTIONS: esConfig.grpc.maxConnections,
        USS_HTTP_MAX_CONNECTIONS: ussDefaults.http.maxConnections,
      },
      createLogger('start', esConfig.log),
    );
    esConfig.http.maxConnections = fitted.ES_HTTP_MAX_CONNECTIONS;
    esConfig.grpc.maxConnections = fitted.ES_GRPC_MAX_CONNECTIONS;
    const esAsks = esConfig.auth.mode !== 'none';
    const ownKey = ussDefaults.es.token === '' ? makeOwnKey(esConfig.auth) : '';
    const es = await startEs(esConfig);
    onRelease(() => es.close());
    // USS checks ES immediately, and would log an error about an ES that is still starting.
    await withTimeout(START_MS, es.ready).catch(() => {});
    // USS uses an address: the target of a name may belong to another user of this machine. With TLS it uses a name,
    // because the certificate has a name and proves it.
    const host = ussDefaults.es.tls.enabled ? 'localhost' : reachedAt(esConfig.grpc.host);
    const address = `dns:///${host}:${es.grpcPort}`;
    const ussConfig = loadUssConfig({ es: { address } });
    ussConfig.http.maxConnections = fitted.USS_HTTP_MAX_CONNECTIONS;
    ussConfig.es.token ||= ownKey;
    const uss = await startUss(ussConfig);
    onRelease(() => uss.close());

    const urls = [
      httpUrl(ussConfig.http.host, uss.httpPort),
      httpUrl(esConfig.http.host, es.httpPort),
      `${inUrl(esConfig.grpc.host)}:${es.grpcPort}`,
    ] as const;
    console.log(addresses(urls));
    const asks = { uss: ussConfig.auth.mode !== 'none', es: esAsks };
    // Not awaited: a configured Redis may take a long time to answer, and Ctrl-C must work meanwhile.
    void Promise.all([es.ready, uss.ready]).then(() => console.log(welcome(urls, asks)));
    return {};
  });
}

async function startRedis(
  { program, lock }: Machine,
  wantsRepair: boolean,
  logger: Logger,
  onRelease: (release: Release) => void,
): Promise<void> {
  // This comes before anything else: nobody may look at data while another process works with them.
  const data = await holdData(lock, DATA);
  onRelease(data.release);
  const programs = { server: program('redis-server'), checker: program('redis-check-aof') };
  if (wantsRepair) {
    const lines = await repair(programs.checker, data.redis);
    for (const line of lines.length > 0 ? lines : ['there is nothing to repair']) logger.warn(line);
  }
  const redis = await startPrivateRedis(programs, data, (lastWords) => {
    logger.warn(`redis-server has ended and is started again; its last words: ${lastWords}`);
  });
  onRelease(redis.close);
}

function httpUrl(host: string, port: number): string {
  return `http://${inUrl(host)}:${port}`;
}

/** The address at which this process reaches a service that listens on an interface of this machine. */
function reachedAt(host: string): string {
  return inUrl(LOOPBACK[host] ?? host);
}

/** The loopback address for each address that means all interfaces. */
const LOOPBACK: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The addresses of USS, ES and the gRPC of ES. */
type Urls = readonly [uss: string, es: string, grpc: string];

function addresses([uss, es, grpc]: Urls): string {
  return `
  Page ${es}/
  USS  ${uss}/swagger/index.html
  ES   ${es}/swagger/index.html   gRPC ${grpc}
`;
}

/** @param asks which of the two services require a credential */
function welcome([uss, es]: Urls, asks: { uss: boolean; es: boolean }): string {
  const credential = (isNeeded: boolean) => (isNeeded ? ' -H "authorization: Bearer $KEY"' : '');
  return `
  Ready. Try it:
    curl ${uss}/segment${credential(asks.uss)} -H 'content-type: application/json' -d '{"segment":"sport","user_id":"u104010"}'
    curl ${uss}/segment/sport${credential(asks.uss)}
    curl '${es}/segment/sport?days=1'${credential(asks.es)}

  Ctrl-C stops it; the counts stay.
`;
}
