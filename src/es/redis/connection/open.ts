import type { Registry } from 'prom-client';
import type { Release } from '../../../process/lifecycle.js';
import type { Logger } from '../../../telemetry/logger.js';
import { clientOptions } from '../../../tls/client-options.js';
import { watchTlsFiles } from '../../../tls/files.js';
import type { EsConfig } from '../../config.js';
import type { RedisClient } from '../client.js';
import { createRedisClock, type RedisClock } from '../clock.js';
import { measureCommands } from '../metrics/command-metrics.js';
import { showServer } from '../metrics/server-metrics.js';
import { createRedis } from './connect.js';
import { keepConnection } from './keep-connection.js';

export interface OpenRedisOptions {
  logger: Logger;
  registry: Registry;
  /** Whether commands are measured for the metrics. */
  measured: boolean;
  onRelease: (release: Release) => void;
}

/** The connections of ES to Redis. */
export interface OpenRedis {
  redis: RedisClient;
  /** For commands that only read and may take long: no store waits behind them in the same socket. */
  reads: RedisClient;
  clock: RedisClock;
  /**
   * Resolves when both connections are ready, and `look` succeeds on `redis`; otherwise rejects with the reason. The first
   * call connects.
   */
  check(look: () => Promise<unknown>): Promise<void>;
}

/** Makes the connections, with their metrics and certificates. They connect at the first check. */
export function openRedis(
  config: EsConfig['redis'],
  { logger, registry, measured, onRelease }: OpenRedisOptions,
): OpenRedis {
  const files = watchTlsFiles(config.tls, logger);
  onRelease(() => files.stop());
  const tls = clientOptions(files, config.tls.serverName);
  const redis = createRedis(config, tls);
  const reads = createRedis(config, tls);
  onRelease(() => {
    for (const connection of [redis, reads]) connection.disconnect();
  });
  if (measured) measureCommands([redis, reads], registry);
  showServer(registry, redis);
  const keep = keepConnection(redis, config.timeoutMs);
  const keepReads = keepConnection(reads, config.timeoutMs);
  return {
    redis,
    reads,
    clock: createRedisClock(redis),
    async check(look) {
      await Promise.all([
        keep(look),
        keepReads(async () => {
          if (reads.status !== 'ready') throw new Error('a connection is not there yet');
          // Not awaited, because it waits behind reads; it makes ioredis notice a connection that is silent.
          void followServer(reads, redis);
        }),
      ]);
    },
  };
}

/**
 * Reconnects `reads` if `redis` is connected to another server: the name may have moved. On a Cluster ioredis does this
 * itself.
 */
async function followServer(reads: RedisClient, redis: RedisClient): Promise<void> {
  try {
    const [one, other] = await Promise.all([reads, redis].map((client) => client.info('server')));
    const runId = (info = '') => /^run_id:(\S+)/m.exec(info)?.[1];
    if (!redis.isCluster && runId(one) !== runId(other)) reads.disconnect(true);
  } catch {
    // The Redis user may not send INFO, or a connection is lost; the next check finds a lost connection.
  }
}
