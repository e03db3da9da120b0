import { Counter, Gauge, type Registry } from 'prom-client';
import { withTimeout } from '../../../process/timeout.js';
import { primariesOf, type RedisClient } from '../client.js';
import { numberIn } from '../info.js';

/** How long a reply of INFO is reused. */
const KEEP_MS = 1_000;
/** How long Redis may take to reply. */
const TIMEOUT_MS = 1_000;

/** Numbers from the reply of INFO; on a Cluster the sums over all primaries. */
interface ServerState {
  memoryUsed: number;
  memoryLimit: number;
  unlimited: number;
  evicted: number;
  keys: number;
  replicas: number;
  isEvicting: number;
  persistenceFailed: number;
}

const METRICS: Record<keyof ServerState, [name: string, help: string]> = {
  memoryUsed: ['segmentation_redis_memory_used_bytes', 'Memory that Redis uses.'],
  memoryLimit: ['segmentation_redis_memory_limit_bytes', 'maxmemory of Redis; 0 is no limit.'],
  unlimited: ['segmentation_redis_unlimited_servers', 'Servers that have no maxmemory.'],
  evicted: [
    'segmentation_redis_evicted_keys_total',
    'Keys evicted since Redis started; anything but 0 is lost counts.',
  ],
  keys: ['segmentation_redis_keys', 'Keys in Redis.'],
  replicas: ['segmentation_redis_connected_replicas', 'Replicas that are connected.'],
  isEvicting: [
    'segmentation_redis_evicting_servers',
    'Servers whose maxmemory-policy is not noeviction.',
  ],
  persistenceFailed: [
    'segmentation_redis_persistence_failed_servers',
    'Servers whose last write to the append-only file or last snapshot failed.',
  ],
};

/** Metrics of Redis, read by INFO at each scrape; they are left out while Redis does not answer. */
export function showServer(registry: Registry, redis: RedisClient): void {
  let state: Promise<ServerState | undefined> = Promise.resolve(undefined);
  let readAt = Number.NEGATIVE_INFINITY;
  const current = () => {
    if (performance.now() - readAt > KEEP_MS) {
      readAt = performance.now();
      state = withTimeout(TIMEOUT_MS, readState(redis)).catch(() => undefined);
    }
    return state;
  };
  for (const [field, [name, help]] of Object.entries(METRICS)) {
    const Kind = name.endsWith('_total') ? Counter : Gauge;
    new Kind({
      registers: [registry],
      // All workers see the same Redis, so their values are not added up.
      aggregator: 'max',
      name,
      help,
      async collect(this: Counter | Gauge) {
        const value = (await current())?.[field as keyof ServerState];
        this.reset();
        if (value === undefined) this.remove();
        else this.inc(value);
      },
    });
  }
}

async function readState(redis: RedisClient): Promise<ServerState> {
  const infos = await Promise.all(primariesOf(redis).map((server) => server.info()));
  const sum = (read: (info: string) => number) =>
    infos.reduce((total, info) => total + read(info), 0);
  const number = (field: string) => (info: string) => numberIn(info, field);
  return {
    memoryUsed: sum(number('used_memory')),
    memoryLimit: sum(number('maxmemory')),
    unlimited: sum((info) => (numberIn(info, 'maxmemory') === 0 ? 1 : 0)),
    evicted: sum(number('evicted_keys')),
    keys: sum((info) => Number(/^db\d+:keys=(\d+)/m.exec(info)?.[1] ?? 0)),
    replicas: sum(number('connected_slaves')),
    isEvicting: sum((info) => (/^maxmemory_policy:(?!noeviction)/m.test(info) ? 1 : 0)),
    persistenceFailed: sum((info) =>
      /^(aof_last_write_status|aof_last_bgrewrite_status|rdb_last_bgsave_status):err/m.test(info)
        ? 1
        : 0,
    ),
  };
}
