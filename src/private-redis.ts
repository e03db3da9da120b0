import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Release, StartError } from './shared/lifecycle.js';

export interface PrivateRedis {
  close: Release;
}

/**
 * The URL of the private Redis of a directory. It listens on a Unix socket, which no port can clash with
 * and no other user can reach; in the temporary directory, because a socket's path is short of room.
 */
export function privateRedisUrl(directory: string): string {
  return `unix://${socketPath(directory)}`;
}

/**
 * Starts a Redis that keeps its data in a directory (append-only file, no eviction), and waits until it
 * answers. One left behind by a killed process is stopped first; one that ends too soon is started again.
 *
 * @param executable the path of redis-server
 * @param onEnded told the last line of its log when it has ended too soon
 * @throws StartError when it does not start, or another process works with the directory
 */
export async function startPrivateRedis(
  executable: string,
  directory: string,
  onEnded: (lastWords: string) => void = () => {},
): Promise<PrivateRedis> {
  const socket = socketPath(directory);
  const log = join(directory, 'redis.log');
  mkdirSync(directory, { recursive: true });
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  await stopLeftOver(socket, directory);

  rmSync(log, { force: true });
  const settings = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir: resolve(directory),
    logfile: 'redis.log',
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
  };
  const parameters = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // A process group of its own, so that Ctrl-C does not stop it before those who use it.
  const start = () => spawn(executable, parameters, { stdio: 'ignore', detached: true });
  let child = start();
  let exited = exitOf(child);
  // Also when this process ends at once; it saves its data and ends by itself.
  const endWithUs = () => child.kill('SIGTERM');
  process.once('exit', endWithUs);
  const failed = exited.then(() => {
    throw new StartError(`${executable} did not start: ${lastLine(log)}`);
  });
  const answers = untilAnswering(socket);
  try {
    await Promise.race([answers.done, failed]);
  } catch (error) {
    process.off('exit', endWithUs);
    throw error;
  } finally {
    answers.stop();
    failed.catch(() => {});
  }

  let closing = false;
  const startAgain = () => {
    if (closing) return;
    onEnded(lastLine(log));
    child = start();
    exited = exitOf(child);
    void exited.then(() => delay(RESTART_DELAY_MS, undefined, { ref: false })).then(startAgain);
  };
  void exited.then(startAgain);
  return {
    async close(limit) {
      closing = true;
      await stop(child, exited, limit);
      process.off('exit', endWithUs);
      rmSync(dirname(socket), { recursive: true, force: true });
    },
  };
}

/** Between two starts of a Redis that keeps ending. */
const RESTART_DELAY_MS = 1_000;

function exitOf(child: ChildProcess): Promise<unknown> {
  return once(child, 'exit').catch(() => {});
}

function socketPath(directory: string): string {
  const digest = createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 12);
  return join(tmpdir(), `user-segmentation-${userInfo().uid}-${digest}`, 'redis.sock');
}

async function stopLeftOver(socket: string, directory: string): Promise<void> {
  const redis = new Redis(socket, { lazyConnect: true, retryStrategy: null });
  redis.on('error', () => {});
  try {
    await redis.connect();
  } catch {
    return;
  }
  const clients = String(await redis.client('LIST'));
  if (/ name=es /.test(clients)) {
    redis.disconnect();
    throw new StartError(
      `another npm start or npm run dev is already working with ${directory}; stop it first`,
    );
  }
  const ended = new Promise((resolve) => redis.once('end', resolve));
  await redis.shutdown().catch(() => {});
  await ended;
}

function untilAnswering(socket: string): { done: Promise<void>; stop: () => void } {
  const redis = new Redis(socket, { retryStrategy: () => 20 });
  redis.on('error', () => {});
  // Not once(), which takes each failed attempt for the end of it.
  const done = new Promise<void>((ready) => redis.once('ready', ready));
  return { done, stop: () => redis.disconnect() };
}

async function stop(
  child: ChildProcess,
  exited: Promise<unknown>,
  limit: AbortSignal,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  limit.addEventListener('abort', () => child.kill('SIGKILL'));
  child.kill('SIGTERM');
  await exited;
}

function lastLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '';
  } catch {
    return 'it wrote no log';
  }
}
