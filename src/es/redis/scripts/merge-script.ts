import { SCRIPT_CHECKS } from './script-checks.js';

/** The input of `MERGE_SCRIPT`. */
export interface MergeInput {
  window: string;
  /** The bucket of each day of the window. */
  buckets: readonly string[];
  /** When the window expires, in seconds since 1970. */
  expiry: number;
}

export function mergeArguments({ window, buckets, expiry }: MergeInput) {
  return { keys: [window, ...buckets], values: [expiry] };
}

/**
 * Merges the buckets of a window, unless they were merged today already, and counts the window.
 *
 * | input     | what                                                        |
 * |-----------|-------------------------------------------------------------|
 * | KEYS[1]   | the window                                                  |
 * | KEYS[2…]  | the bucket of each of its days                              |
 * | ARGV[1]   | when the window expires, in seconds since 1970              |
 *
 * | reply     | what                                                        |
 * |-----------|-------------------------------------------------------------|
 * | integer   | the count of the window                                     |
 * | NOPERM    | the user lacks a permission, and nothing was done           |
 * | WRONGTYPE | a bucket is no HyperLogLog                                  |
 *
 * If there is no bucket, no window is made: counting an unknown segment leaves no key behind. A window that is not a
 * HyperLogLog is merged again.
 */
export const MERGE_SCRIPT = `${SCRIPT_CHECKS}
local window = KEYS[1]
local exists = redis.call('EXISTS', window) == 1
if exists then
  local count = redis.pcall('PFCOUNT', window)
  if type(count) == 'number' then return count end
end
if redis.call('EXISTS', unpack(KEYS, 2)) == 0 then return 0 end
if not (isAllowed('UNLINK', window) and isAllowed('PFMERGE', window, window) and isAllowed('EXPIREAT', window, 0)
  and isAllowed('PFCOUNT', window)) then return denied end
if exists then redis.call('UNLINK', window) end
redis.call('PFMERGE', unpack(KEYS))
redis.call('EXPIREAT', window, ARGV[1])
return redis.call('PFCOUNT', window)`;
