import type { Socket } from 'node:net';
import { Cluster, type Command, type Redis } from 'ioredis';
import type { RedisClient } from '../client.js';

/**
 * Closes a connection as soon as a command on it has timed out. ioredis itself only stops waiting: the command may still
 * reach Redis, and the commands behind it would wait too. Closing with a reset (RST) discards what was not sent yet.
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
      // A command that a Cluster has redirected may have waited on the other connection.
      const { commandTimeout = 0 } = redis.options;
      if (performance.now() - sentAt < commandTimeout - TIMER_MS) return;
      // With this error the probe can report the timeout, and not only that there is no connection.
      redis.emit('error', error);
      reset(redis);
    });
    return send(command, ...rest);
  };
}

/** How much too early a timer may fire, by this clock. */
const TIMER_MS = 2;

function reset({ stream, options: { path, tls } }: Redis): void {
  // Only a TCP socket can be reset.
  if (path === undefined && tls === undefined) (stream as Socket | undefined)?.resetAndDestroy();
  else stream?.destroy();
}
