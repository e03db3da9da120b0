import type { RedisClient } from '../client.js';
import { MERGE_SCRIPT, type MergeInput, type MergeReply, mergeArguments } from './merge-script.js';
import { REMOVE_SCRIPT, type RemoveInput, removeArguments } from './remove-script.js';
import { type StoreInput, type StoreReply, storeArguments } from './store-input.js';
import { STORE_SCRIPT } from './store-script.js';

/**
 * The Lua scripts that Redis runs, each atomically. A script checks everything that could fail before it writes: a failed
 * script has written nothing, so it can be sent again.
 */
export interface Scripts {
  store(input: StoreInput): Promise<StoreReply>;
  merge(input: MergeInput): Promise<MergeReply>;
  /** @returns TIME of Redis, in microseconds */
  remove(input: RemoveInput): Promise<number>;
}

type Command<Reply> = (
  numberOfKeys: number,
  keys: string[],
  values: (string | number)[],
) => Promise<Reply>;

/** Makes the scripts known to a connection. */
export function defineScripts(redis: RedisClient): Scripts {
  redis.defineCommand('storeGroups', { lua: STORE_SCRIPT });
  redis.defineCommand('mergeWindow', { lua: MERGE_SCRIPT });
  redis.defineCommand('removeSegment', { lua: REMOVE_SCRIPT });
  const commands = redis as RedisClient & {
    storeGroups: Command<StoreReply>;
    mergeWindow: Command<MergeReply>;
    removeSegment: Command<number>;
  };
  return {
    store(input) {
      const { keys, values } = storeArguments(input);
      return commands.storeGroups(keys.length, keys, values);
    },
    merge(input) {
      const { keys, values } = mergeArguments(input);
      return commands.mergeWindow(keys.length, keys, values);
    },
    remove(input) {
      const { keys, values } = removeArguments(input);
      return commands.removeSegment(keys.length, keys, values);
    },
  };
}
