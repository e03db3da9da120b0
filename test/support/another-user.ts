import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { lchownSync } from 'node:fs';
import { Redis } from 'ioredis';
import { ownUid } from '../../src/local/private-directory.js';

/** Only root can be another user; who is not stands for both. */
export const canBeAnother = ownUid() === 0;

/** A user that is not this one. */
export const ANOTHER = 54_321;

const AS_ANOTHER = canBeAnother
  ? ['setpriv', `--reuid=${ANOTHER}`, `--regid=${ANOTHER}`, '--clear-groups']
  : ['env'];

/** Gives a file to the other user. */
export function give(path: string): void {
  if (canBeAnother) lchownSync(path, ANOTHER, ANOTHER);
}

/** Runs a command as the other user; false when it fails. */
export function asAnother(...command: string[]): boolean {
  const [program = '', ...parameters] = [...AS_ANOTHER, ...command];
  return spawnSync(program, parameters, { stdio: 'ignore' }).status === 0;
}

/** A Redis of the other user. */
export interface RedisOfAnother {
  /** How many connections it has had, beside those of the test. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a Redis of the other user behind a socket, with its data in a directory of theirs. */
export async function startRedisOfAnother(
  socket: string,
  directory: string,
): Promise<RedisOfAnother> {
  const settings = ['--port', '0', '--save', '', '--dir', directory, '--unixsocket', socket];
  const [program = '', ...parameters] = [...AS_ANOTHER, 'redis-server', ...settings];
  const child = spawn(program, parameters, { stdio: 'ignore' });
  const redis = new Redis(socket, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => {});
  await redis.ping();
  return {
    async connections() {
      const info = await redis.info('stats');
      return Number(/total_connections_received:(\d+)/.exec(info)?.[1]) - 1;
    },
    async close() {
      redis.disconnect();
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
