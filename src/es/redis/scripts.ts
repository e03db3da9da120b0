import type { RedisClient } from './connection.js';

/** The scripts that Redis runs, each atomically: no crash leaves a key without its expiry. */
export interface Scripts {
  /** @returns the positions of the groups that were refused, from 1 */
  store(keys: string[], values: (string | number)[]): Promise<number[]>;
  merge(keys: string[], values: (string | number)[]): Promise<number>;
  remove(keys: string[], values: (string | number)[]): Promise<unknown>;
}

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
    storeGroups: Command<number[]>;
    mergeWindow: Command<number>;
    removeSegment: Command<unknown>;
  };
  return {
    store: (keys, values) => scripted.storeGroups(keys.length, keys, values),
    merge: (keys, values) => scripted.mergeWindow(keys.length, keys, values),
    remove: (keys, values) => scripted.removeSegment(keys.length, keys, values),
  };
}

// KEYS: the registry; then of each group its bucket and the windows its day is in.
// ARGV: the first day counted; the most entries of the registry, or 0; then of each day it, when its buckets
// expire, how many windows it is in and how many groups it has; then of each of these the number of its user ids,
// and these.
// Reply: the positions of the groups, from 1, of which nothing was written: their segments are not known, and the
// registry has no room for more.
//
// A PFADD that changes nothing in the bucket would change nothing in a window that holds the bucket, and
// a window that is not there is merged when it is first counted. EXPIREAT NX answers 1 just for the first
// membership of a bucket, which is when the registry has to learn of it. Lua passes at most some thousands
// of arguments at once.
//
// Room is asked for once, and for each group only where the call could fill the registry. Entries that have expired make
// room. Removing nothing would be a write all the same, after which Redis no longer refuses what it has no memory for.
const STORE = `
local call, min = redis.call, math.min
local registry, firstDay, limit = KEYS[1], ARGV[1], tonumber(ARGV[2])
local function add(key, from, to)
  if to - from < 5000 then return call('PFADD', key, unpack(ARGV, from, to)) == 1 end
  local changed = 0
  for first = from, to, 5000 do
    changed = changed + call('PFADD', key, unpack(ARGV, first, min(first + 4999, to)))
  end
  return changed > 0
end
local refused, group, hasRoom = {}, 0
if limit > 0 and call('ZCARD', registry) + #KEYS > limit then
  local function isFull() return call('ZCARD', registry) >= limit end
  hasRoom = function(key)
    if call('EXISTS', key) == 1 or call('ZSCORE', registry, string.match(key, '{(.*)}')) then return true end
    if isFull() and call('ZCOUNT', registry, '-inf', '(' .. firstDay) > 0 then
      call('ZREMRANGEBYSCORE', registry, '-inf', '(' .. firstDay)
    end
    return not isFull()
  end
end
local k, v = 2, 3
while v <= #ARGV do
  local day, expiry, windows, groups = ARGV[v], ARGV[v + 1], tonumber(ARGV[v + 2]), tonumber(ARGV[v + 3])
  v = v + 4
  for _ = 1, groups do
    local key, from, to = KEYS[k], v + 1, v + ARGV[v]
    group = group + 1
    if hasRoom and not hasRoom(key) then
      refused[#refused + 1] = group
    elseif add(key, from, to) then
      if call('EXPIREAT', key, expiry, 'NX') == 1 then
        call('ZREMRANGEBYSCORE', registry, '-inf', '(' .. firstDay)
        call('ZADD', registry, 'GT', day, string.match(key, '{(.*)}'))
        call('EXPIREAT', registry, expiry, 'NX')
        call('EXPIREAT', registry, expiry, 'GT')
      end
      for w = k + 1, k + windows do
        if call('EXISTS', KEYS[w]) == 1 then add(KEYS[w], from, to) end
      end
    end
    k, v = k + 1 + windows, to + 1
  end
end
return refused`;

// KEYS: the window, then the buckets of its days. ARGV: when the window expires.
//
// Without any bucket nothing is made: a count of an unknown segment leaves nothing behind.
const MERGE = `
if redis.call('EXISTS', KEYS[1]) == 0 then
  if redis.call('EXISTS', unpack(KEYS, 2)) == 0 then return 0 end
  redis.call('PFMERGE', unpack(KEYS))
  redis.call('EXPIREAT', KEYS[1], ARGV[1])
end
return redis.call('PFCOUNT', KEYS[1])`;

// KEYS: the registry, then every key of the segment. ARGV: the segment as it is registered.
const REMOVE = `
redis.call('UNLINK', unpack(KEYS, 2))
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.status_reply('OK')`;
