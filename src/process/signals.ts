import { createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';
import type { Logger } from '../telemetry/logger.js';
import type { Release } from './lifecycle.js';

const PROFILE_MS = 3_000;

/**
 * Only the user that runs the service may read the files, because a heap contains user ids. Existing files are not
 * overwritten.
 */
const PRIVATE = { mode: 0o600, flag: 'wx', flags: 'wx' };

/**
 * SIGUSR2 changes the log level to debug, and back. SIGUSR1 writes a heap snapshot and a CPU profile of 3 s, if a directory
 * for them is set.
 *
 * @param diagnosticsDirectory empty if there is none
 * @returns a function that stops listening
 */
export function listenToSignals(logger: Logger, diagnosticsDirectory: string): Release {
  const usual = logger.level;
  const toggle = () => {
    logger.level = logger.level === 'debug' ? usual : 'debug';
    logger.warn(`the log level is now ${logger.level}`);
  };
  let writing = false;
  const diagnose = async () => {
    if (diagnosticsDirectory === '') logger.warn('SIGUSR1: no diagnosticsDirectory is configured');
    if (writing || diagnosticsDirectory === '') return;
    writing = true;
    try {
      for (const file of await writeDiagnostics(diagnosticsDirectory)) logger.warn(`wrote ${file}`);
    } catch (error) {
      logger.error({ err: error }, `diagnostics could not be written to ${diagnosticsDirectory}`);
    } finally {
      writing = false;
    }
  };
  process.on('SIGUSR2', toggle);
  process.on('SIGUSR1', diagnose);
  return () => {
    process.off('SIGUSR2', toggle);
    process.off('SIGUSR1', diagnose);
  };
}

/** @returns the files: a heap snapshot and a CPU profile */
async function writeDiagnostics(directory: string): Promise<string[]> {
  if (!existsSync(directory)) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const name = join(directory, `${process.pid}-${new Date().toISOString().replaceAll(':', '-')}`);
  const heap = `${name}.heapsnapshot`;
  await pipeline(getHeapSnapshot(), createWriteStream(heap, PRIVATE));
  const profile = `${name}.cpuprofile`;
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await delay(PROFILE_MS, undefined, { ref: false });
  const taken = await session.post('Profiler.stop');
  session.disconnect();
  writeFileSync(profile, JSON.stringify(taken.profile), PRIVATE);
  return [heap, profile];
}
