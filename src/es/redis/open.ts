import type { Registry } from 'prom-client';
import type { Release } from '../../shared/lifecycle.js';
import type { Logger } from '../../shared/logger.js';
import { clientOptions } from '../../shared/tls/client-options.js';
import { watchTlsFiles } from '../../shared/tls/files.js';
import type { EsConfig } from '../config.js';
import { createConnectionCheck, createRedisCheck } from './checks.js';
import { createRedisClock, type RedisClock } from './clock.js';
import { measureCommands } from './command-metrics.js';
import { createRedis, type RedisClient } from './connection.js';
import { showServer } from './server-metrics.js';

export interface OpenRedisOptions {
  logger: Logger;
  registry: Registry;
  /** Whether commands are measured. */
  measured: boolean;
  onRelease: (release: Release) => void;
}

/** The connections of ES to Redis. */
export interface OpenRedis {
  redis: RedisClient;
  /** For what may take long and only reads: nothing that is stored waits behind it in the same socket. */
  reads: RedisClient;
  clock: RedisClock;
  /** Resolves while both can do their work; rejects with the reason when not. The first one connects. */
  check(): Promise<void>;
}

/** Makes the connections with all that watches them; they connect at the first check. */
export function openRedis(
  config: EsConfig['redis'],
  { logger, registry, measured, onRelease }: OpenRedisOptions,
): OpenRedis {
  const files = watchTlsFiles(config.tls, logger);
  onRelease(() => files.stop());
  const tls = clientOptions(files, config.tls.serverName);
  const [redis, reads] = [createRedis(config, tls), createRedis(config, tls)];
  onRelease(() => {
    for (const connection of [redis, reads]) connection.disconnect();
  });
  if (measured) measureCommands([redis, reads], registry);
  showServer(registry, redis);
  const checks = [
    createRedisCheck(redis, config.timeoutMs),
    createConnectionCheck(reads, config.timeoutMs),
  ];
  return {
    ...{ redis, reads },
    clock: createRedisClock(redis),
    async check() {
      await Promise.all(checks.map((check) => check()));
    },
  };
}
