import { type ChainableCommander, Cluster } from 'ioredis';
import type { RedisClient } from '../client.js';
import type { Gate } from '../silent-primaries.js';

/** A command with its arguments, of which the first one is a key. */
export type Asked = readonly [command: string, key: string, ...more: string[]];

/** Sends commands, all together. If one fails, only its own reply is an error. Bytes are replied as they are to DUMP alone. */
export async function askEach<Reply>(
  redis: RedisClient,
  gate: Gate,
  commands: readonly Asked[],
): Promise<(Reply | Error)[]> {
  // A pipeline of ioredis needs all keys on one node.
  if (redis instanceof Cluster) {
    return Promise.all(
      commands.map((command) =>
        gate
          .pass(command[1], () => callOf(redis, command) as Promise<Reply>)
          .catch((error: Error) => error),
      ),
    );
  }
  const pipeline = redis.pipeline();
  for (const command of commands) void callOf(pipeline, command);
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, reply]) => error ?? (reply as Reply));
}

function callOf(redis: RedisClient | ChainableCommander, command: Asked): unknown {
  return command[0] === 'dump' ? redis.callBuffer(...command) : redis.call(...command);
}

/**
 * Sends one GET for each key, all together. MGET would show a key that holds no string as missing.
 *
 * @throws the error of the first key that has one
 */
export async function getEach(
  redis: RedisClient,
  gate: Gate,
  keys: readonly string[],
): Promise<(Buffer | null)[]> {
  // While a slot is being moved, ioredis sends a whole pipeline to the next node, which lacks the keys that stay.
  if (redis instanceof Cluster) {
    return Promise.all(keys.map((key) => gate.pass(key, () => redis.getBuffer(key))));
  }
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.getBuffer(key);
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, value]) => {
    if (error) throw error;
    return value as Buffer | null;
  });
}
