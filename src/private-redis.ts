import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { checkSharedDirectory, makePrivateDirectory, ownUid } from './private-directory.js';
import { type Release, StartError } from './shared/lifecycle.js';

export interface PrivateRedis {
  close: Release;
}

/**
 * The URL of the private Redis of a directory. It listens on a Unix socket, which no port can clash with, in a directory
 * that no other user can enter; below the one for temporary files, because a socket's path is short of room.
 */
export function privateRedisUrl(directory: string): string {
  return `unix://${socketPath(directory)}`;
}

/**
 * Starts a Redis that keeps its data in a directory (append-only file, no eviction), and waits until it
 * answers. No other user can reach it or its data. One left behind by a killed process is stopped first; one
 * that ends too soon is started again.
 *
 * @param executable the path of redis-server
 * @param onEnded told the last line of its log when it has ended too soon
 * @throws StartError when it does not start, another process works with the directory, or another user has put
 * something where its data or its socket belong
 */
export async function startPrivateRedis(
  executable: string,
  directory: string,
  onEnded: (lastWords: string) => void = () => {},
): Promise<PrivateRedis> {
  const socket = socketPath(directory);
  const log = join(directory, 'redis.log');
  makePrivateDirectory(directory);
  checkSharedDirectory(tmpdir(), ANOTHER_PLACE);
  makePrivateDirectory(dirname(socket), ANOTHER_PLACE);
  await stopLeftOver(socket, directory);
  rmSync(log, { force: true });
  const start = () => spawnPrivately(executable, parametersFor(directory, socket));
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

const ANOTHER_PLACE = 'remove it, or set TMPDIR to a directory of your own';

function parametersFor(directory: string, socket: string): string[] {
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
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** Starts a program none of whose files another user may read. */
function spawnPrivately(executable: string, parameters: readonly string[]): ChildProcess {
  // A program has the umask of who starts it.
  const usual = process.umask(0o077);
  try {
    // A process group of its own, so that Ctrl-C does not stop it before those who use it.
    return spawn(executable, parameters, { stdio: 'ignore', detached: true });
  } finally {
    process.umask(usual);
  }
}

/** Between two starts of a Redis that keeps ending. */
const RESTART_DELAY_MS = 1_000;

function exitOf(child: ChildProcess): Promise<unknown> {
  return once(child, 'exit').catch(() => {});
}

function socketPath(directory: string): string {
  const digest = createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 12);
  return join(tmpdir(), `user-segmentation-${ownUid()}-${digest}`, 'redis.sock');
}

/** Stops the Redis behind a socket, which is known to be of this user. */
async function stopLeftOver(socket: string, directory: string): Promise<void> {
  if (!existsSync(socket)) return;
  const redis = new Redis(socket, { lazyConnect: true, retryStrategy: null });
  redis.on('error', () => {});
  try {
    await redis.connect();
  } catch {
    return;
  }
  const [clients, config] = await Promise.all([redis.client('LIST'), redis.config('GET', 'dir')]);
  const refuse = (reason: string) => {
    redis.disconnect();
    throw new StartError(reason);
  };
  if (/ name=es /.test(String(clients))) {
    refuse(`another npm start or npm run dev is already working with ${directory}; stop it first`);
  }
  const [, other] = config as string[];
  // Nothing, where the directory was deleted.
  if (other !== '' && other !== realpathSync(directory)) {
    refuse(`the Redis behind ${socket} keeps its data in ${other}; stop it first`);
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
