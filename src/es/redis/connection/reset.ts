import type { Socket } from 'node:net';
import { Cluster, type Command, type Redis } from 'ioredis';
import type { RedisClient } from '../client.js';

/**
 * Has a connection closed as soon as a command on it has timed out. ioredis only stops to wait: what was sent may yet come
 * to Redis, and everything behind it would wait too. What the system has not sent is thrown away (RST).
 */
export function resetTimedOut(redis: RedisClient): void {
  if (redis instanceof Cluster) redis.on('+node', watch);
  else watch(redis);
}

function watch(redis: Redis): void {
  const send = redis.sendCommand.bind(redis) as (command: Command, ...rest: unknown[]) => unknown;
  redis.sendCommand = (command: Command, ...rest: unknown[]) => {
    const sentAt = performance.now();
    const sentOn = redis.stream;
    command.promise.catch((error: Error) => {
      if (error.message !== 'Command timed out' || redis.stream !== sentOn) return;
      // One that a Cluster has sent elsewhere before may have waited there.
      const { commandTimeout = 0 } = redis.options;
      if (performance.now() - sentAt < commandTimeout - TIMER_MS) return;
      // Or the check of Redis could only tell that there is no connection.
      redis.emit('error', error);
      reset(redis);
    });
    return send(command, ...rest);
  };
}

/** How much sooner than by this clock a timer may be over. */
const TIMER_MS = 2;

function reset({ stream, options: { path, tls } }: Redis): void {
  // Only TCP has a reset.
  if (path === undefined && tls === undefined) (stream as Socket | undefined)?.resetAndDestroy();
  else stream?.destroy();
}
