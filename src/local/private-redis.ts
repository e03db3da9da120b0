import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { MAX_SAMPLE_SIZE, SPARE_ENTRIES } from '../es/redis/samples/sampling.js';
import { type Release, StartError } from '../process/lifecycle.js';
import { findDamage } from './append-only-file.js';
import { type HeldData, redisSocket } from './held-data.js';

export interface PrivateRedis {
  close: Release;
}

/** The paths of the programs of Redis. */
export interface RedisPrograms {
  server: string;
  /** redis-check-aof */
  checker: string;
}

/** The URL of the private Redis of a directory for data: a Unix socket there, so that it needs no port. */
export function privateRedisUrl(directory: string): string {
  return `unix://${redisSocket(directory).split('/').map(encodeURIComponent).join('/')}`;
}

/**
 * Starts a Redis that keeps its data in a directory (append-only file, no eviction), and waits until it answers. No other
 * user can reach Redis or its data. If Redis ends unexpectedly, it is started again.
 *
 * @param data the directory, which no other process uses
 * @param onEnded called with the last line of the log if Redis has ended unexpectedly, and with the reason if it cannot be
 *   started again
 * @throws StartError if Redis does not start, or its append-only file is damaged
 */
export async function startPrivateRedis(
  { server, checker }: RedisPrograms,
  data: HeldData,
  onEnded: (reason: string) => void = () => {},
): Promise<PrivateRedis> {
  const log = join(data.redis, 'redis.log');
  rmSync(log, { force: true });
  let closing = false;
  const start = async () => {
    const damage = await findDamage(checker, data.redis);
    if (damage !== undefined) throw new StartError(`${damage.flaw}; ${REMEDY} ${damage.loss}`);
    if (closing) throw new StartError('it is being stopped');
    return spawnPrivately(server, parametersFor(data), data.redisLock);
  };
  let child = await start();
  let exited = exitOf(child);
  // This also runs if the process ends without closing: Redis then saves its data and ends.
  const endWithUs = () => child.kill('SIGTERM');
  process.once('exit', endWithUs);
  const failed = exited.then(() => {
    const why = lastLine(log);
    const remedy = /append only file/i.test(why)
      ? `; restore ${data.redis} from a backup, or move it away to start from nothing`
      : '';
    throw new StartError(`${server} did not start: ${why}${remedy}`);
  });
  const answers = untilAnswering(data.socket);
  try {
    await Promise.race([answers.done, failed]);
  } catch (error) {
    process.off('exit', endWithUs);
    throw error;
  } finally {
    answers.stop();
    failed.catch(() => {});
  }

  const keepRunning = async () => {
    for (let pauseMs = 0; ; pauseMs = RESTART_DELAY_MS) {
      await exited;
      await delay(pauseMs, undefined, { ref: false });
      if (closing) return;
      onEnded(lastLine(log));
      try {
        child = await start();
        exited = exitOf(child);
      } catch (error) {
        if (!closing) onEnded((error as Error).message);
      }
    }
  };
  void keepRunning();
  return {
    async close(limit) {
      closing = true;
      await stop(child, exited, limit);
      process.off('exit', endWithUs);
    },
  };
}

const REMEDY = "'npm start -- --repair' keeps a copy, and goes on without:";

function parametersFor({ redis }: HeldData): string[] {
  const settings = {
    port: '0',
    // Relative to `dir`, because the path of a socket must be short.
    unixsocket: 'redis.sock',
    unixsocketperm: '700',
    dir: redis,
    logfile: 'redis.log',
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    // Room for the largest samples that may be configured.
    'set-max-intset-entries': String(MAX_SAMPLE_SIZE + SPARE_ENTRIES),
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** Starts a program that holds a lock. No other user may read its files. */
function spawnPrivately(
  executable: string,
  parameters: readonly string[],
  lock: number,
): ChildProcess {
  // A program inherits the umask.
  const usual = process.umask(0o077);
  try {
    // In its own process group, so that Ctrl-C does not stop it before the services that use it.
    return spawn(executable, parameters, {
      stdio: ['ignore', 'ignore', 'ignore', lock],
      detached: true,
    });
  } finally {
    process.umask(usual);
  }
}

/** The pause between two starts of a Redis that keeps ending. */
const RESTART_DELAY_MS = 1_000;

function exitOf(child: ChildProcess): Promise<unknown> {
  return once(child, 'exit').catch(() => {});
}

function untilAnswering(socket: string): { done: Promise<void>; stop: () => void } {
  const redis = new Redis({ path: socket, retryStrategy: () => 20 });
  redis.on('error', () => {});
  // Not once() of node:events: it rejects at the first `error` event, but each failed attempt emits one.
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
