import { closeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { StartError } from '../process/lifecycle.js';
import { MAX_SOCKET_PATH_BYTES, shortSocketPath } from '../process/socket-path.js';
import { makePrivateDirectory } from './private-directory.js';

/** A directory for data that only this process works with. */
export interface HeldData {
  /** Where Redis has its data. */
  redis: string;
  /** The shortest path of its Unix socket. */
  socket: string;
  /** Whoever has this descriptor open keeps other Redis from these data. */
  redisLock: number;
  /** Lets others work with it; the Redis has to have ended. */
  release(): void;
}

/**
 * Locks a directory.
 *
 * @returns a descriptor that holds the lock until every process that has it has closed it or ended; undefined where
 * another has the lock
 */
export type LockDirectory = (directory: string) => number | undefined;

const LEFT_OVER_MS = 10_000;

/** What is said of a directory of another user, or on a disk that is only to be read. */
const CLOSED = ['EACCES', 'EPERM', 'EROFS'];

/**
 * Makes a directory for data this process's own, for as long as it lives. There are two locks: of the directory, which
 * only this process has, and of that of Redis in it, which Redis has too. Where only the second is taken, a killed
 * process has left its Redis behind, and that is stopped.
 *
 * @param leftOverMs how long a Redis that was left behind may take to end; 10 seconds unless given
 * @throws StartError when another process has it, the Redis does not end, or the directory cannot be had
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
  const hold = (what: string) => {
    const descriptor = lock(what);
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
    const remedy = CLOSED.includes(code) ? '; copy the project to a directory of your own' : '';
    throw new StartError(`cannot work with ${directory}: ${message}${remedy}`);
  }
}

/** Where Redis has its data, in a directory for data. */
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

/** Stops the Redis behind a socket, and resolves to the lock that it had; to undefined where it does not end in time. */
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
    // One that still reads its data can be stopped, too.
    enableReadyCheck: false,
  });
  redis.on('error', () => {});
  const until = performance.now() + limitMs;
  // One that is ending by itself takes no connection.
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
