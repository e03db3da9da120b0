import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { redisSocket } from '../../src/local/held-data.js';
import { type Running, startCommand } from './process.js';

/** A copy of the project, as somebody has who has just cloned it, in which `npm start` runs. */
export interface Clone {
  directory: string;
  /** Runs `npm start` on free ports. */
  start(env?: Record<string, string>, ...parameters: string[]): Running;
  /** Kills what runs, and the Redis that it leaves behind. */
  killAll(): Promise<void>;
  remove(): void;
}

const FREE_PORTS = { ES_HTTP_PORT: '0', ES_GRPC_PORT: '0', USS_HTTP_PORT: '0' };

/** @param name how the name of its directory begins */
export function makeClone(name = 'clone-'): Clone {
  const directory = mkdtempSync(join(tmpdir(), name));
  const files = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard']);
  for (const file of files.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    cpSync(file, join(directory, file));
  }
  symlinkSync(join(process.cwd(), 'node_modules'), join(directory, 'node_modules'));
  const running: Running[] = [];
  return {
    directory,
    start(env = {}, ...parameters) {
      const command = ['node', 'scripts/start.mjs', ...parameters];
      const started = startCommand(command, { ...FREE_PORTS, ...env }, directory);
      running.push(started);
      return started;
    },
    async killAll() {
      for (const one of running.splice(0)) await one.kill();
      await endRedis(redisSocket(join(directory, '.data')));
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}

/** Ends the Redis of a socket, if there is one. */
async function endRedis(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const redis = new Redis({ path, lazyConnect: true, retryStrategy: null });
  redis.on('error', () => {});
  // It answers by closing the connection.
  await redis.shutdown('NOSAVE').catch(() => {});
  redis.disconnect();
}

/** The base URL of USS, once all of it is ready. */
export async function ussUrl(command: Running): Promise<string> {
  await command.printed(/Ctrl-C stops it/);
  return /curl (http:\S+)\/segment\/sport$/m.exec(command.output())?.[1] as string;
}
