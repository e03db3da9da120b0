import { closeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { StartError } from '../process/lifecycle.js';
import { MAX_SOCKET_PATH_BYTES, shortSocketPath } from '../process/socket-path.js';
import { makePrivateDirectory } from './private-directory.js';

/** A directory for data that only this process uses. */
export interface HeldData {
  /** The directory of Redis. */
  redis: string;
  /** The path of the Unix socket of Redis, in its shortest form. */
  socket: string;
  /** The descriptor of the lock: while a process has it open, no other Redis can use the data. */
  redisLock: number;
  /** Releases the directory. To be called after Redis has ended. */
  release(): void;
}

/**
 * Locks a directory.
 *
 * @returns a descriptor that holds the lock until every process with this descriptor has closed it or ended; undefined if
 *   another process has the lock
 */
export type LockDirectory = (directory: string) => number | undefined;

/** How long a left-behind Redis may take to end. */
const LEFT_OVER_MS = 10_000;

/** The errors for a directory of another user, or on a read-only disk. */
const NOT_WRITABLE = ['EACCES', 'EPERM', 'EROFS'];

/**
 * Takes a directory for data, for as long as this process lives. There are two locks: the lock of the directory, which only
 * this process has, and the lock of the directory of Redis in it, which Redis has too. If only the second lock is taken, a
 * killed process has left its Redis behind; this Redis is stopped.
 *
 * @param leftOverMs how long a left-behind Redis may take to end, in milliseconds
 * @default 10_000
 * @throws StartError if another process has the directory, the left-behind Redis does not end, or the directory is not
 *   accessible
 */
export async function holdData(
  lock: LockDirectory,
  directory: string,
  leftOverMs = LEFT_OVER_MS,
): Promise<HeldData> {
  const redis = redisDirectory(directory);
  const socket = shortSocketPath(redisSocket(directory));
  const descriptors: number[] = [];
  const release = () => {
    for (const descriptor of descriptors.splice(0).reverse()) closeSync(descriptor);
  };
  const hold = (path: string) => {
    const descriptor = lock(path);
    if (descriptor !== undefined) descriptors.push(descriptor);
    return descriptor;
  };
  try {
    makePrivateDirectory(directory);
    if (hold(directory) === undefined) {
      throw new StartError(
        `another npm start or npm run dev is already working with ${directory}; stop it first ('lsof ${directory}' names it)`,
      );
    }
    makePrivateDirectory(redis);
    checkLength(socket);
    const redisLock = hold(redis) ?? (await afterLeftOver(socket, leftOverMs, () => hold(redis)));
    if (redisLock !== undefined) return { redis, socket, redisLock, release };
    throw new StartError(
      `the Redis that another npm start left behind in ${redis} does not end; stop it first ('lsof ${redis}' names it)`,
    );
  } catch (error) {
    release();
    if (error instanceof StartError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    const remedy = NOT_WRITABLE.includes(code)
      ? '; copy the project to a directory of your own'
      : '';
    throw new StartError(`cannot work with ${directory}: ${message}${remedy}`);
  }
}

/** The directory of Redis within a directory for data. */
function redisDirectory(directory: string): string {
  return join(resolve(directory), 'redis');
}

/** The Unix socket of the Redis of a directory for data. */
export function redisSocket(directory: string): string {
  return join(redisDirectory(directory), 'redis.sock');
}

function checkLength(socket: string): void {
  if (Buffer.byteLength(socket) <= MAX_SOCKET_PATH_BYTES) return;
  throw new StartError(
    `the path of ${socket} is longer than that of a socket may be; start it in the directory of the project`,
  );
}

/** Stops the Redis of a socket. @returns the lock that it had; undefined if it does not end in time */
async function afterLeftOver(
  socket: string,
  limitMs: number,
  hold: () => number | undefined,
): Promise<number | undefined> {
  const redis = new Redis({
    path: socket,
    lazyConnect: true,
    retryStrategy: null,
    commandTimeout: limitMs,
    // A Redis that is still loading its data can be stopped too.
    enableReadyCheck: false,
  });
  redis.on('error', () => {});
  const until = performance.now() + limitMs;
  // A Redis that is already ending refuses connections.
  const stopped = redis
    .connect()
    .then(() => redis.shutdown())
    .catch(() => {});
  try {
    for (;;) {
      const descriptor = hold();
      if (descriptor !== undefined || performance.now() > until) return descriptor;
      await delay(50);
    }
  } finally {
    redis.disconnect();
    await stopped;
  }
}
