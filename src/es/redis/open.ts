import type { Registry } from 'prom-client';
import type { Release } from '../../shared/lifecycle.js';
import type { Logger } from '../../shared/logger.js';
import { clientOptions } from '../../shared/tls/client-options.js';
import { watchTlsFiles } from '../../shared/tls/files.js';
import type { EsConfig } from '../config.js';
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

/** A connection to Redis with all that watches it; connects at the first check. */
export function openRedis(
  config: EsConfig['redis'],
  { logger, registry, measured, onRelease }: OpenRedisOptions,
): { redis: RedisClient; clock: RedisClock } {
  const files = watchTlsFiles(config.tls, logger);
  onRelease(() => files.stop());
  const redis = createRedis(config, clientOptions(files, config.tls.serverName));
  onRelease(() => redis.disconnect());
  if (measured) measureCommands(redis, registry);
  showServer(registry, redis);
  return { redis, clock: createRedisClock(redis) };
}
