import type { Redis } from 'ioredis';
import { Failure } from '../shared/failure.js';
import type { Membership } from '../shared/membership.js';
import type { SegmentService, StoreOutcome } from '../shared/segment-service.js';
import { DAY_MS, formatUtcDay, utcDay, windowOf } from '../shared/utc-day.js';
import { redisFailure } from './redis.js';

export interface EstimatorOptions {
  redis: Redis;
  /** How many UTC days are counted, today included. */
  windowDays: number;
  /** The clock, in milliseconds. */
  now: () => number;
}

/** How long a bucket outlives its last counted day, so that clocks may disagree: 1 hour. */
const EXPIRY_MARGIN_S = 3_600;

/** Known segments by the last UTC day they were active on. */
const REGISTRY_KEY = 'es:segments';

/**
 * The HyperLogLog of one segment on one UTC day. Segments are encoded so that no character of theirs can
 * end the hash tag, which keeps all keys of a segment on one slot of a Cluster.
 */
function bucketKey(segment: string, day: number): string {
  return `es:{${encodeURIComponent(segment)}}:${formatUtcDay(day)}`;
}

/** The estimates: daily HyperLogLogs in Redis, counted together over a window. */
export function createEstimator({ redis, windowDays, now }: EstimatorOptions): SegmentService {
  redis.defineCommand('storeGroups', { lua: STORE_GROUPS });
  const scripted = redis as Redis & StoreGroups;

  return {
    async store(memberships) {
      const firstDay = utcDay(now()) - windowDays + 1;
      const { groups, outOfWindow } = groupByBucket(memberships, firstDay);
      if (groups.length > 0) await write(groups, firstDay);
      return { outOfWindow, windowDays } satisfies StoreOutcome;
    },

    async count(segment, days = windowDays) {
      if (days < 1 || days > windowDays) {
        throw new Failure('invalid', `days must be a whole number from 1 to ${windowDays}`);
      }
      const keys = windowOf(utcDay(now()), days).map((day) => bucketKey(segment, day));
      return await redis.pfcount(...keys).catch(fail);
    },
  };

  async function write(groups: readonly Group[], firstDay: number): Promise<void> {
    const keys = [REGISTRY_KEY, ...groups.map(({ segment, day }) => bucketKey(segment, day))];
    const values = groups.map(({ segment, day, userIds }) => [
      segment,
      day,
      ((day + windowDays) * DAY_MS) / 1_000 + EXPIRY_MARGIN_S,
      userIds.length,
      ...userIds,
    ]);
    await scripted.storeGroups(keys.length, keys, [firstDay, ...values.flat()]).catch(fail);
  }
}

/** The memberships of one bucket. */
interface Group {
  segment: string;
  day: number;
  userIds: string[];
}

function groupByBucket(memberships: readonly Membership[], firstDay: number) {
  const groups = new Map<string, Group>();
  const outOfWindow: number[] = [];
  memberships.forEach(({ segment, userId, occurredAt }, position) => {
    const day = utcDay(occurredAt);
    if (day < firstDay) {
      outOfWindow.push(position);
      return;
    }
    const key = `${day} ${segment}`;
    const group = groups.get(key);
    if (group) group.userIds.push(userId);
    else groups.set(key, { segment, day, userIds: [userId] });
  });
  return { groups: [...groups.values()], outOfWindow };
}

function fail(error: unknown): never {
  throw redisFailure(error);
}

interface StoreGroups {
  storeGroups(numberOfKeys: number, keys: string[], values: (string | number)[]): Promise<unknown>;
}

// One script, so that no crash can leave a key without its expiry. EXPIREAT NX answers 1 just for the
// first membership of a bucket, which is when the registry has to learn of it. Lua passes at most some
// thousands of arguments at once.
const STORE_GROUPS = `
local registry, firstDay = KEYS[1], ARGV[1]
local at = 2
for k = 2, #KEYS do
  local segment, day, expiry, count = ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
  local last = at + 3 + count
  for first = at + 4, last, 5000 do
    redis.call('PFADD', KEYS[k], unpack(ARGV, first, math.min(first + 4999, last)))
  end
  if redis.call('EXPIREAT', KEYS[k], expiry, 'NX') == 1 then
    redis.call('ZREMRANGEBYSCORE', registry, '-inf', '(' .. firstDay)
    redis.call('ZADD', registry, 'GT', day, segment)
    redis.call('EXPIREAT', registry, expiry, 'NX')
    redis.call('EXPIREAT', registry, expiry, 'GT')
  end
  at = last + 1
end
return redis.status_reply('OK')`;
