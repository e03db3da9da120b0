import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadEsConfig } from './es/config.js';
import { startEs } from './es/service.js';
import { makePrivateDirectory } from './private-directory.js';
import { privateRedisUrl, startPrivateRedis } from './private-redis.js';
import { acquire, type Closable, run } from './shared/lifecycle.js';
import { createLogger } from './shared/logger.js';
import { loadUssConfig } from './uss/config.js';
import { startUss } from './uss/service.js';

const DATA = fileURLToPath(new URL('../.data', import.meta.url));
const REDIS_DATA = join(DATA, 'redis');

/**
 * Runs the whole system in this process: a private Redis unless one is configured, ES and USS.
 *
 * @param redisServer finds the redis-server program; asked only when a private Redis is needed
 */
export function runStandalone(redisServer: () => string): Promise<void> {
  return run('start', () => startStandalone(redisServer));
}

function startStandalone(redisServer: () => string): Promise<Closable> {
  const privateUrl = privateRedisUrl(REDIS_DATA);
  const esConfig = loadEsConfig({ redis: { url: privateUrl } });
  const parts = [esConfig, loadUssConfig()].map(({ shutdown }) => shutdown);
  const closeTimeoutMs = parts.reduce((sum, part) => sum + part.delayMs + part.timeoutMs, 5_000);

  return acquire(closeTimeoutMs, async (onRelease) => {
    if (esConfig.redis.url === privateUrl) {
      const logger = createLogger('redis', esConfig.log);
      makePrivateDirectory(DATA);
      const redis = await startPrivateRedis(redisServer(), REDIS_DATA, (lastWords) => {
        logger.warn(`redis-server has ended and is started again; its last words: ${lastWords}`);
      });
      onRelease(redis.close);
    }
    const es = await startEs(esConfig);
    onRelease(() => es.close());
    const ussConfig = loadUssConfig({ es: { address: `dns:///localhost:${es.grpcPort}` } });
    const uss = await startUss(ussConfig);
    onRelease(() => uss.close());

    const urls = [
      httpUrl(ussConfig.http.host, uss.httpPort),
      httpUrl(esConfig.http.host, es.httpPort),
      `${esConfig.grpc.host}:${es.grpcPort}`,
    ] as const;
    // Not awaited: a Redis of one's own may take its time, and Ctrl-C must work meanwhile.
    const authenticated = ussConfig.auth.mode !== 'none';
    void Promise.all([es.ready, uss.ready]).then(() => console.log(welcome(urls, authenticated)));
    return {};
  });
}

function httpUrl(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function welcome(
  [uss, es, grpc]: readonly [string, string, string],
  authenticated: boolean,
): string {
  const credential = authenticated ? ' -H "authorization: Bearer $KEY"' : '';
  return `
  Page ${es}/
  USS  ${uss}/swagger/index.html
  ES   ${es}/swagger/index.html   gRPC ${grpc}

  Try it:
    curl ${uss}/segment${credential} -H 'content-type: application/json' -d '{"segment":"sport","user_id":"u104010"}'
    curl ${uss}/segment/sport${credential}
    curl '${es}/segment/sport?days=1'${credential}

  Ctrl-C stops it; the counts stay.
`;
}
