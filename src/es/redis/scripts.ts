import type { Redis } from 'ioredis';

/** The scripts that Redis runs, each atomically: no crash leaves a key without its expiry. */
export interface Scripts {
  store(keys: string[], values: (string | number)[]): Promise<unknown>;
  merge(keys: string[], values: (string | number)[]): Promise<number>;
}

type Command<Reply> = (
  numberOfKeys: number,
  keys: string[],
  values: (string | number)[],
) => Promise<Reply>;

/** Makes the scripts known to a connection. */
export function defineScripts(redis: Redis): Scripts {
  redis.defineCommand('storeGroups', { lua: STORE });
  redis.defineCommand('mergeWindow', { lua: MERGE });
  const scripted = redis as Redis & { storeGroups: Command<unknown>; mergeWindow: Command<number> };
  return {
    store: (keys, values) => scripted.storeGroups(keys.length, keys, values),
    merge: (keys, values) => scripted.mergeWindow(keys.length, keys, values),
  };
}

// KEYS: the registry; then of each group its bucket and the windows its day is in.
// ARGV: the first day counted; then of each group its segment, day, expiry, number of windows, number of
// user ids, and these.
//
// A PFADD that changes nothing in the bucket would change nothing in a window that holds the bucket, and
// a window that is not there is merged when it is first counted. EXPIREAT NX answers 1 just for the first
// membership of a bucket, which is when the registry has to learn of it. Lua passes at most some thousands
// of arguments at once.
const STORE = `
local registry, firstDay = KEYS[1], ARGV[1]
local function add(key, from, to)
  local changed = 0
  for first = from, to, 5000 do
    changed = changed + redis.call('PFADD', key, unpack(ARGV, first, math.min(first + 4999, to)))
  end
  return changed > 0
end
local k, v = 2, 2
while k <= #KEYS do
  local windows = tonumber(ARGV[v + 3])
  local from, to = v + 5, v + 4 + tonumber(ARGV[v + 4])
  if add(KEYS[k], from, to) then
    if redis.call('EXPIREAT', KEYS[k], ARGV[v + 2], 'NX') == 1 then
      redis.call('ZREMRANGEBYSCORE', registry, '-inf', '(' .. firstDay)
      redis.call('ZADD', registry, 'GT', ARGV[v + 1], ARGV[v])
      redis.call('EXPIREAT', registry, ARGV[v + 2], 'NX')
      redis.call('EXPIREAT', registry, ARGV[v + 2], 'GT')
    end
    for w = k + 1, k + windows do
      if redis.call('EXISTS', KEYS[w]) == 1 then add(KEYS[w], from, to) end
    end
  end
  k, v = k + 1 + windows, to + 1
end
return redis.status_reply('OK')`;

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
