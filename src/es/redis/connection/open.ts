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
  /** Resolves while both are there and a look at the first is passed; rejects with why not. The first one connects. */
  check(look: () => Promise<unknown>): Promise<void>;
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
  const keep = keepConnection(redis, config.timeoutMs);
  const keepReads = keepConnection(reads, config.timeoutMs);
  return {
    ...{ redis, reads },
    clock: createRedisClock(redis),
    async check(look) {
      await Promise.all([
        keep(look),
        keepReads(async () => {
          if (reads.status !== 'ready') throw new Error('a connection is not there yet');
          // Nobody waits for it, as it waits behind what is read; but one that is silent is found out by it.
          void followServer(reads, redis);
        }),
      ]);
    },
  };
}

/** Has a connection lead to the server that another one leads to, whose name may have moved. ioredis does so on a Cluster. */
async function followServer(reads: RedisClient, redis: RedisClient): Promise<void> {
  try {
    const [one, other] = await Promise.all([reads, redis].map((client) => client.info('server')));
    const runId = (info = '') => /^run_id:(\S+)/m.exec(info)?.[1];
    if (!redis.isCluster && runId(one) !== runId(other)) reads.disconnect(true);
  } catch {
    // It may not ask, or there is no connection, which the next look finds.
  }
}
