import type { RedisClient } from '../client.js';

/**
 * The scripts that Redis runs, each atomically. What could fail is asked before anything is written: a script that
 * fails has written nothing, and what is sent again finds nothing half done.
 */
export interface Scripts {
  store(keys: string[], values: (string | number)[]): Promise<StoreReply>;
  merge(keys: string[], values: (string | number)[]): Promise<number>;
  /** @returns TIME of Redis, in microseconds */
  remove(keys: string[], values: (string | number)[]): Promise<number>;
}

/**
 * What became of groups, by their positions from 1: those that changed a register; those of which nothing was written
 * because there is no room; those that failed, each position followed by why. Then TIME of Redis, in microseconds, and the groups whose segments
 * have become known.
 */
export type StoreReply = [
  changed: number[],
  refused: number[],
  failed: (number | string)[],
  time: number,
  known: number[],
];

type Command<Reply> = (
  numberOfKeys: number,
  keys: string[],
  values: (string | number)[],
) => Promise<Reply>;

/** Makes the scripts known to a connection. */
export function defineScripts(redis: RedisClient): Scripts {
  redis.defineCommand('storeGroups', { lua: STORE });
  redis.defineCommand('mergeWindow', { lua: MERGE });
  redis.defineCommand('removeSegment', { lua: REMOVE });
  const scripted = redis as RedisClient & {
    storeGroups: Command<StoreReply>;
    mergeWindow: Command<number>;
    removeSegment: Command<number>;
  };
  return {
    store: (keys, values) => scripted.storeGroups(keys.length, keys, values),
    merge: (keys, values) => scripted.mergeWindow(keys.length, keys, values),
    remove: (keys, values) => scripted.removeSegment(keys.length, keys, values),
  };
}

// What each script begins with: `denied` is the reply where a command may not be used, and of a call past its deadline.
const CHECKS = `
local may = redis.acl_check_cmd
local denied = redis.error_reply('NOPERM no permission for each command that this script may need')
local function isLate(time, deadline) return deadline > 0 and time[1] * 1000 + time[2] / 1000 > deadline end
local late = redis.error_reply('LATE the deadline of this script is over')
`;

// KEYS: the registry; then of each group its bucket and the windows its day is in.
// ARGV: the first day counted; the most entries of the registry, or 0; the deadline by the clock of Redis in
// milliseconds, or 0; when what is stored again was asked for, in microseconds, or 0: segments that were deleted since are
// left out; then of each day it, when its buckets expire, how many windows it is in and how many groups it has;
// then of each of these the number of its user ids, and these.
//
// A PFADD that changes nothing in the bucket would change nothing in a window that holds the bucket, and
// a window that is not there is merged when it is first counted. EXPIREAT NX answers 1 just for the first
// membership of a bucket, which is when the registry has to learn of it. Lua passes at most some thousands
// of arguments at once.
//
// Once a bucket has changed nothing may fail that is to follow, or it would never be made good: what is sent again changes
// nothing in the bucket. So permissions and the type of the registry are asked first, while a bucket that is no
// HyperLogLog fails for its group alone. A window that is none is dropped, to be merged anew. What Redis refuses as a whole
// (full, read-only) it refuses at the first write.
//
// Room is asked for once, and for each group only where the call could fill the registry. Entries that have expired make
// room. Removing nothing would be a write all the same, after which Redis no longer refuses what it has no memory for.
const STORE = `${CHECKS}
local pcall, min = redis.pcall, math.min
local registry, firstDay, limit = KEYS[1], ARGV[1], tonumber(ARGV[2])
local some = KEYS[2]
if not (may('TIME') and may('PFADD', some, '') and may('EXPIREAT', some, 0, 'NX') and may('EXISTS', some) and may('UNLINK', some)
  and may('ZADD', registry, 0, '') and may('ZREMRANGEBYSCORE', registry, 0, 0) and may('ZCARD', registry)
  and may('ZSCORE', registry, '') and may('ZCOUNT', registry, 0, 0) and may('GET', some)) then return denied end
local time = redis.call('TIME')
if isLate(time, tonumber(ARGV[3])) then return late end
local known = pcall('ZCARD', registry)
if type(known) == 'table' then return known end
local function add(key, from, to)
  if to - from < 5000 then return pcall('PFADD', key, unpack(ARGV, from, to)) end
  local changed = 0
  for first = from, to, 5000 do
    local more = pcall('PFADD', key, unpack(ARGV, first, min(first + 4999, to)))
    if type(more) == 'table' then return more end
    changed = changed + more
  end
  return changed
end
local changed, refused, failed, became, group, hasRoom = {}, {}, {}, {}, 0
if limit > 0 and known + #KEYS > limit then
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
  -- Of the same slot as the bucket.
  local deletedAt = since > 0 and pcall('GET', string.match(key, '^.-}') .. ':deleted')
  return type(deletedAt) == 'string' and (tonumber(deletedAt) or 0) > since
end
local k, v = 2, 5
while v <= #ARGV do
  local day, expiry, windows, groups = ARGV[v], ARGV[v + 1], tonumber(ARGV[v + 2]), tonumber(ARGV[v + 3])
  v = v + 4
  for _ = 1, groups do
    local key, from, to = KEYS[k], v + 1, v + ARGV[v]
    group = group + 1
    if hasRoom and not hasRoom(key) then
      refused[#refused + 1] = group
    elseif not isDeleted(key) then
      local added = add(key, from, to)
      if type(added) == 'table' then
        failed[#failed + 1] = group
        failed[#failed + 1] = added.err
      elseif added > 0 then
        changed[#changed + 1] = group
        if pcall('EXPIREAT', key, expiry, 'NX') == 1 then
          pcall('ZREMRANGEBYSCORE', registry, '-inf', '(' .. firstDay)
          if pcall('ZADD', registry, 'GT', day, string.match(key, '{(.*)}')) == 1 then became[#became + 1] = group end
          pcall('EXPIREAT', registry, expiry, 'NX')
          pcall('EXPIREAT', registry, expiry, 'GT')
        end
        for w = k + 1, k + windows do
          if pcall('EXISTS', KEYS[w]) == 1 and type(add(KEYS[w], from, to)) == 'table' then
            pcall('UNLINK', KEYS[w])
          end
        end
      end
    end
    k, v = k + 1 + windows, to + 1
  end
end
return { changed, refused, failed, time[1] * 1000000 + time[2], became }`;

// KEYS: the window, then the buckets of its days. ARGV: when the window expires.
//
// Without any bucket nothing is made: a count of an unknown segment leaves nothing behind. A window that is no
// HyperLogLog is merged anew.
const MERGE = `${CHECKS}
local window = KEYS[1]
local exists = redis.call('EXISTS', window) == 1
if exists then
  local count = redis.pcall('PFCOUNT', window)
  if type(count) == 'number' then return count end
end
if redis.call('EXISTS', unpack(KEYS, 2)) == 0 then return 0 end
if not (may('UNLINK', window) and may('PFMERGE', window, window) and may('EXPIREAT', window, 0)
  and may('PFCOUNT', window)) then return denied end
if exists then redis.call('UNLINK', window) end
redis.call('PFMERGE', unpack(KEYS))
redis.call('EXPIREAT', window, ARGV[1])
return redis.call('PFCOUNT', window)`;

// KEYS: the registry, the tombstone, then every key of the segment. ARGV: the segment as it is registered; the deadline, as
// above; how long the tombstone is there, in seconds. Whoever has stored in the segment before, and stores that again, sees it.
const REMOVE = `${CHECKS}
if not (may('TIME') and may('UNLINK', KEYS[3]) and may('ZREM', KEYS[1], '') and may('ZCARD', KEYS[1])
  and may('SET', KEYS[2], '', 'EX', 1)) then return denied end
local time = redis.call('TIME')
if isLate(time, tonumber(ARGV[2])) then return late end
local known = redis.pcall('ZCARD', KEYS[1])
if type(known) == 'table' then return known end
local now = time[1] * 1000000 + time[2]
redis.call('SET', KEYS[2], string.format('%.0f', now), 'EX', ARGV[3])
redis.call('UNLINK', unpack(KEYS, 3))
redis.call('ZREM', KEYS[1], ARGV[1])
return now`;
