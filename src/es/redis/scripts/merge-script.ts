import { SCRIPT_CHECKS } from './script-checks.js';

/** The input of `MERGE_SCRIPT`. */
export interface MergeInput {
  window: string;
  /** The bucket of each day of the window, oldest first. */
  buckets: readonly string[];
  /** When the window expires, in seconds since 1970. */
  expiry: number;
  /** How many users a sample may have; 0 if no samples are made. */
  sampleSize: number;
  /** The most that PFCOUNT says of so many users. */
  mostCounted: number;
  /** How many of the buckets, the oldest, may have samples that miss something. */
  notSampled: number;
}

/** The count of the window, and how many users are in its sample: -1 if it has no sample of all users. */
export type MergeReply = [count: number, users: number];

export function mergeArguments(input: MergeInput) {
  const { window, buckets, expiry, sampleSize, mostCounted, notSampled } = input;
  return { keys: [window, ...buckets], values: [expiry, sampleSize, mostCounted, notSampled] };
}

/**
 * Merges the buckets of a window, unless they were merged today already, and counts the window.
 *
 * | input     | what                                                                  |
 * |-----------|-----------------------------------------------------------------------|
 * | KEYS[1]   | the window                                                            |
 * | KEYS[2…]  | the bucket of each of its days, oldest first                          |
 * | ARGV[1]   | when the window expires, in seconds since 1970                        |
 * | ARGV[2]   | how many users its sample may have; 0 if none are made                |
 * | ARGV[3]   | the most that PFCOUNT says of so many users                           |
 * | ARGV[4]   | how many of the buckets, the oldest, have samples that miss something |
 *
 * | reply     | what                                                                  |
 * |-----------|-----------------------------------------------------------------------|
 * | [1] count | the count of the window                                               |
 * | [2] users | how many users its sample has; -1 if it has no sample of all users    |
 * | NOPERM    | the user lacks a permission, and nothing was done                     |
 * | WRONGTYPE | a bucket is no HyperLogLog                                            |
 *
 * If there is no bucket, no window is made: counting an unknown segment leaves no key behind. A window that is not a
 * HyperLogLog is merged again.
 *
 * A window of few users gets a sample too, of all users, if each of its buckets has one. Otherwise an empty text is in its
 * place, so that it is not tried again. Stores add to it as to the window.
 */
export const MERGE_SCRIPT = `${SCRIPT_CHECKS}
local window, sample, k = KEYS[1], KEYS[1] .. ':sample', tonumber(ARGV[2])
if k > 0 and not (isAllowed('SCARD', sample) and isAllowed('SRANDMEMBER', sample) and isAllowed('SUNIONSTORE', sample, sample)
  and isAllowed('SET', sample, '')) then k = 0 end
local function merge(samples)
  for at = 2, #KEYS do
    if redis.call('EXISTS', KEYS[at]) == 1 then
      local one = at - 1 > tonumber(ARGV[4]) and redis.pcall('SRANDMEMBER', KEYS[at] .. ':sample')
      if not (tonumber(one) and tonumber(one) >= 4503599627370496) then return false end
      samples[#samples + 1] = KEYS[at] .. ':sample'
    end
  end
  local users = redis.pcall('SUNIONSTORE', sample, unpack(samples))
  return type(users) == 'number' and users <= k
end
local function sampled(count)
  if k == 0 or count > tonumber(ARGV[3]) then return { count, -1 } end
  local users = redis.pcall('SCARD', sample)
  if users == 0 and merge({}) then
    redis.call('EXPIREAT', sample, ARGV[1])
    users = redis.call('SCARD', sample)
  elseif users == 0 then
    redis.pcall('SET', sample, '', 'EXAT', ARGV[1])
    users = -1
  end
  return { count, type(users) == 'number' and users or -1 }
end
local exists = redis.call('EXISTS', window) == 1
if exists then
  local count = redis.pcall('PFCOUNT', window)
  if type(count) == 'number' then return sampled(count) end
end
if redis.call('EXISTS', unpack(KEYS, 2)) == 0 then return { 0, 0 } end
if not (isAllowed('UNLINK', window) and isAllowed('PFMERGE', window, window) and isAllowed('EXPIREAT', window, 0)
  and isAllowed('PFCOUNT', window)) then return denied end
redis.call('UNLINK', window, sample)
redis.call('PFMERGE', unpack(KEYS))
redis.call('EXPIREAT', window, ARGV[1])
return sampled(redis.call('PFCOUNT', window))`;
