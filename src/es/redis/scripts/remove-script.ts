import { SCRIPT_CHECKS } from './script-checks.js';

/** The input of `REMOVE_SCRIPT`. */
export interface RemoveInput {
  registry: string;
  tombstone: string;
  /** Every bucket and window that the segment may have. */
  data: readonly string[];
  /** The segment as it is registered. */
  entry: string;
  /** Until when the script may run, in milliseconds by the clock of Redis; 0 means no deadline. */
  deadline: number;
  /** How long the tombstone is kept, in seconds. */
  tombstoneSeconds: number;
}

export function removeArguments(input: RemoveInput) {
  const { registry, tombstone, data, entry, deadline, tombstoneSeconds } = input;
  return { keys: [registry, tombstone, ...data], values: [entry, deadline, tombstoneSeconds] };
}

/**
 * Deletes a segment.
 *
 * | input     | what                                                                           |
 * |-----------|--------------------------------------------------------------------------------|
 * | KEYS[1]   | the registry                                                                   |
 * | KEYS[2]   | the tombstone                                                                  |
 * | KEYS[3…]  | every bucket and window that the segment may have                              |
 * | ARGV[1]   | the segment as it is registered                                                |
 * | ARGV[2]   | the deadline, in milliseconds by the clock of Redis; 0 means no deadline       |
 * | ARGV[3]   | how long the tombstone is kept, in seconds                                     |
 *
 * | reply     | what                                                                           |
 * |-----------|--------------------------------------------------------------------------------|
 * | integer   | TIME of Redis, in microseconds                                                 |
 * | LATE      | the deadline was over, and nothing was done                                    |
 * | NOPERM    | the user lacks a permission, and nothing was done                              |
 * | WRONGTYPE | the registry is no sorted set, and nothing was done                            |
 *
 * The tombstone holds that time. If an ES later stores again what it remembers from before that time, it leaves this
 * segment out.
 */
export const REMOVE_SCRIPT = `${SCRIPT_CHECKS}
if not (isAllowed('TIME') and isAllowed('UNLINK', KEYS[3]) and isAllowed('ZREM', KEYS[1], '') and isAllowed('ZCARD', KEYS[1])
  and isAllowed('SET', KEYS[2], '', 'EX', 1)) then return denied end
local time = redis.call('TIME')
if isLate(time, tonumber(ARGV[2])) then return late end
local size = redis.pcall('ZCARD', KEYS[1])
if type(size) == 'table' then return size end
local now = time[1] * 1000000 + time[2]
redis.call('SET', KEYS[2], string.format('%.0f', now), 'EX', ARGV[3])
redis.call('UNLINK', unpack(KEYS, 3))
redis.call('ZREM', KEYS[1], ARGV[1])
return now`;
