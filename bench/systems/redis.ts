import type { ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ensureProgram } from '../../scripts/programs.mjs';
import { freePort } from '../../scripts/testbed/free-port.js';
import { type Processes, scratch } from './processes.js';

/** A Redis of its own for a system, with an append-only file, as in production. */
export async function startRedis(
  processes: Processes,
  prefix: readonly string[] = [],
): Promise<{ port: number; redis: ChildProcess }> {
  const port = await freePort();
  const directory = mkdtempSync(join(scratch, 'redis-'));
  const settings = {
    port,
    save: '',
    appendonly: 'yes',
    dir: directory,
    'set-max-intset-entries': 1_040,
  };
  const command = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const redis = await processes.start([...prefix, ensureProgram('redis-server'), ...command], port);
  return { port, redis };
}
