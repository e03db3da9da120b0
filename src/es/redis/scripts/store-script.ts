import { SCRIPT_CHECKS } from './script-checks.js';

/** The input of `STORE_SCRIPT`. */
export interface StoreInput {
  registry: string;
  /** The first UTC day that is counted. */
  firstDay: number;
  /** The maximum of segments in the registry; 0 means no limit. */
  maxSegments: number;
  /** Until when the script may run, in milliseconds by the clock of Redis; 0 means no deadline. */
  deadline: number;
  /**
   * If groups are stored again: when their tombstones were read, in microseconds by the clock of Redis. 0 for new groups.
   */
  since: number;
  days: Iterable<StoreDay>;
}

/** The groups of one UTC day. */
export interface StoreDay {
  day: number;
  /** When the buckets of the day expire, in seconds since 1970. */
  expiry: number;
  /** The windows that the day is in, as in their keys behind the prefix of a segment. */
  windows: readonly string[];
  /** The bucket of each group. */
  buckets: readonly string[];
  /** How many user ids each group has. */
  sizes: readonly number[];
  /** The user ids of all groups. */
  userIds: readonly string[];
}

export function storeArguments(input: StoreInput) {
  const keys: (readonly string[])[] = [[input.registry]];
  const values: (string | number)[] = [
    input.firstDay,
    input.maxSegments,
    input.deadline,
    input.since,
  ];
  for (const { day, expiry, windows, buckets, sizes, userIds } of input.days) {
    keys.push(buckets);
    values.push(day, expiry, windows.join('\n'), sizes.join(), userIds.join('\n'));
  }
  return { keys: keys.flat(), values };
}

/** The outcome of the groups, which are given by their positions from 1. */
export type StoreReply = [
  changed: number[],
  refused: number[],
  failed: (number | string)[],
  time: number,
  known: number[],
];

/**
 * Stores groups.
 *
 * | input                   | what                                                                                 |
 * |-------------------------|--------------------------------------------------------------------------------------|
 * | KEYS[1]                 | the registry                                                                         |
 * | then for each group     | its bucket; without any group one bucket that permissions are checked on             |
 * | ARGV[1]                 | the first UTC day that is counted                                                    |
 * | ARGV[2]                 | the maximum of entries in the registry; 0 means no limit                             |
 * | ARGV[3]                 | the deadline, in milliseconds by the clock of Redis; 0 means no deadline             |
 * | ARGV[4]                 | for what is stored again, when its tombstones were read, in microseconds by the      |
 * |                         | clock of Redis: segments that were deleted later are left out; 0 for what is new     |
 * | then for each day       | the day, when its buckets expire, and joined texts: the windows that it is in, as in |
 * |                         | their keys behind the prefix of a segment; how many user ids each of its groups has; |
 * |                         | the user ids of all of them                                                          |
 *
 * | reply                   | what                                                                                 |
 * |-------------------------|--------------------------------------------------------------------------------------|
 * | [1] changed             | groups that changed a register                                                       |
 * | [2] refused             | groups that were not stored because there is no room                                 |
 * | [3] failed              | groups that failed, each followed by the error                                       |
 * | [4] time                | TIME of Redis, in microseconds                                                       |
 * | [5] known               | groups whose segment became known                                                    |
 * | LATE                    | the deadline was over, and nothing was done                                          |
 * | NOPERM                  | the user lacks a permission, and nothing was done                                    |
 * | WRONGTYPE               | the registry is no sorted set, and nothing was done                                  |
 *
 * Each argument costs Redis and ES more than a part of a joined text. Windows are in the slot of their bucket, so they are not
 * declared as keys. Names have no line feeds.
 *
 * A PFADD that does not change the bucket would not change a window that includes the bucket, and a missing window is
 * merged when it is first counted. EXPIREAT NX answers 1 only for the first membership of a bucket; only then is the
 * registry updated. Lua passes at most some thousands of arguments in one call.
 *
 * After a bucket has changed, no later step may fail: if the same batch is sent again, it does not change the bucket, so
 * the script would never repeat the failed step. Therefore permissions and the type of the registry are checked first, and
 * a bucket that is not a HyperLogLog fails only its own group. A window that is not a HyperLogLog is deleted, and merged
 * again later. If Redis refuses all writes (full, read-only), it refuses the first one.
 *
 * Room is checked once, and for each group only if the call could fill the registry. Expired entries make room.
 * ZREMRANGEBYSCORE is called only if necessary: it counts as a write, after which Redis no longer refuses a script that
 * needs more memory.
 */
export const STORE_SCRIPT = `${SCRIPT_CHECKS}
local pcall, min = redis.pcall, math.min
local registry, firstDay, limit = KEYS[1], ARGV[1], tonumber(ARGV[2])
local bucket = KEYS[2]
if not (isAllowed('TIME') and isAllowed('PFADD', bucket, '') and isAllowed('EXPIREAT', bucket, 0, 'NX') and isAllowed('EXISTS', bucket) and isAllowed('UNLINK', bucket)
  and isAllowed('ZADD', registry, 0, '') and isAllowed('ZREMRANGEBYSCORE', registry, 0, 0) and isAllowed('ZCARD', registry)
  and isAllowed('ZSCORE', registry, '') and isAllowed('ZCOUNT', registry, 0, 0) and isAllowed('GET', bucket)) then return denied end
local time = redis.call('TIME')
if isLate(time, tonumber(ARGV[3])) then return late end
local size = pcall('ZCARD', registry)
if type(size) == 'table' then return size end
local function add(key, ids, from, to)
  if to - from < 5000 then return pcall('PFADD', key, unpack(ids, from, to)) end
  local changed = 0
  for first = from, to, 5000 do
    local more = pcall('PFADD', key, unpack(ids, first, min(first + 4999, to)))
    if type(more) == 'table' then return more end
    changed = changed + more
  end
  return changed
end
local function split(text, part)
  local parts, count = {}, 0
  for one in string.gmatch(text, part) do
    count = count + 1
    parts[count] = one
  end
  return parts
end
local changed, refused, failed, newlyKnown, group, hasRoom = {}, {}, {}, {}, 0
if limit > 0 and size + #KEYS > limit then
  local function isFull() return pcall('ZCARD', registry) >= limit end
  hasRoom = function(key)
    if pcall('EXISTS', key) == 1 or pcall('ZSCORE', registry, string.match(key, '{(.*)}')) then return true end
    if isFull() and pcall('ZCOUNT', registry, '-inf', '(' .. firstDay) > 0 then
      pcall('ZREMRANGEBYSCORE', registry, '-inf', '(' .. firstDay)
    end
    return not isFull()
  end
end
local since = tonumber(ARGV[4])
local function isDeleted(key)
  -- The tombstone is in the same slot as the bucket.
  local deletedAt = since > 0 and pcall('GET', string.match(key, '^.-}') .. ':deleted')
  return type(deletedAt) == 'string' and (tonumber(deletedAt) or 0) > since
end
for valueAt = 5, #ARGV, 5 do
  local day, expiry, windows = ARGV[valueAt], ARGV[valueAt + 1], split(ARGV[valueAt + 2], '[^\\n]+')
  local ids, to = split(ARGV[valueAt + 4], '[^\\n]+'), 0
  for size in string.gmatch(ARGV[valueAt + 3], '%d+') do
    local from = to + 1
    to = to + size
    group = group + 1
    local key = KEYS[group + 1]
    if hasRoom and not hasRoom(key) then
      refused[#refused + 1] = group
    elseif not isDeleted(key) then
      local added = add(key, ids, from, to)
      if type(added) == 'table' then
        failed[#failed + 1] = group
        failed[#failed + 1] = added.err
      elseif added > 0 then
        changed[#changed + 1] = group
        if pcall('EXPIREAT', key, expiry, 'NX') == 1 then
          pcall('ZREMRANGEBYSCORE', registry, '-inf', '(' .. firstDay)
          if pcall('ZADD', registry, 'GT', day, string.match(key, '{(.*)}')) == 1 then newlyKnown[#newlyKnown + 1] = group end
          pcall('EXPIREAT', registry, expiry, 'NX')
          pcall('EXPIREAT', registry, expiry, 'GT')
        end
        for w = 1, #windows do
          local window = string.match(key, '^.-}:') .. windows[w]
          if pcall('EXISTS', window) == 1 and type(add(window, ids, from, to)) == 'table' then
            pcall('UNLINK', window)
          end
        end
      end
    end
  end
end
return { changed, refused, failed, time[1] * 1000000 + time[2], newlyKnown }`;
