import type { Release } from '../shared/lifecycle.js';
import type { Logger } from '../shared/logger.js';
import type { Metrics } from '../shared/metrics/metrics.js';
import { clientOptions } from '../shared/tls/client-options.js';
import { watchTlsFiles } from '../shared/tls/files.js';
import type { EsConfig } from './config.js';
import { createConnectionCheck, createRedisCheck } from './redis/checks.js';
import { measureCommands } from './redis/command-metrics.js';
import { createRedis, type RedisClient } from './redis/connection.js';

import { showServer } from './redis/server-metrics.js';

/** The connections of ES to Redis. */
export interface RedisConnections {
  redis: RedisClient;
  /** For what may take long and only reads: nothing that is stored waits behind it in the same socket. */
  reads: RedisClient;
  /** Resolves while both can do their work; rejects with the reason when not. The first one connects. */
  check(): Promise<void>;
}

/** Makes the connections, which connect at the first check. */
export function startRedis(
  config: EsConfig['redis'],
  logger: Logger,
  metrics: Metrics,
  onRelease: (release: Release) => void,
): RedisConnections {
  const files = watchTlsFiles(config.tls, logger);
  onRelease(() => files.stop());
  const tls = clientOptions(files, config.tls.serverName);
  const [redis, reads] = [createRedis(config, tls), createRedis(config, tls)];
  onRelease(() => {
    for (const connection of [redis, reads]) connection.disconnect();
  });
  if (metrics.enabled) measureCommands([redis, reads], metrics.registry);
  showServer(metrics.registry, redis);
  const checkBoth = [
    createRedisCheck(redis, config.timeoutMs),
    createConnectionCheck(reads, config.timeoutMs),
  ];
  return {
    redis,
    reads,
    async check() {
      await Promise.all(checkBoth.map((check) => check()));
    },
  };
}
