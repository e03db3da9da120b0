import { constants } from 'node:os';
import { describeError } from '../telemetry/describe-error.js';

/** The reason why a service cannot start, in one line for the person who starts it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/**
 * Releases a part of a service.
 *
 * @param limit aborts when the time for an orderly release is over; then the rest must be released immediately
 */
export type Release = (limit: AbortSignal) => Promise<void> | void;

export interface Closable {
  /** Releases all parts in reverse order. A second call waits for the same release. */
  close(): Promise<void>;
}

/**
 * Builds a service whose parts are released together, even if building fails halfway.
 *
 * @param closeTimeoutMs how long an orderly release of all parts may take, in milliseconds
 * @param build acquires the parts, and calls `onRelease` immediately after each one
 * @returns what `build` returned, and `close`
 */
export async function acquire<T extends object>(
  closeTimeoutMs: number,
  build: (onRelease: (release: Release) => void) => Promise<T>,
): Promise<T & Closable> {
  const releases: Release[] = [];
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= releaseAll(releases, closeTimeoutMs);
    return closing;
  };
  try {
    const built = await build((release) => releases.push(release));
    return { ...built, close };
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
}

async function releaseAll(releases: Release[], timeoutMs: number): Promise<void> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  const errors: unknown[] = [];
  for (const release of releases.splice(0).reverse()) {
    try {
      await release(limit.signal);
    } catch (error) {
      errors.push(error);
    }
  }
  clearTimeout(timer);
  if (errors.length > 0) throw new AggregateError(errors, 'not everything could be released');
}

/** Signals that follow each other within this number of milliseconds count as one. */
const SAME_SIGNAL_MS = 300;

/**
 * Runs a service as this process: SIGTERM, SIGINT or SIGHUP closes it and ends the process with 0; a second signal ends it
 * immediately; a failed start ends it with one line and 1.
 */
export async function run(name: string, start: () => Promise<Closable>): Promise<void> {
  endAtUncaught(name);
  const started = (async () => start())();
  let stoppingSince: number | undefined;
  const stop = async (signal: NodeJS.Signals) => {
    // Ctrl-C in a terminal may arrive twice: directly, and passed on by a parent process.
    if (stoppingSince !== undefined && Date.now() - stoppingSince < SAME_SIGNAL_MS) return;
    if (stoppingSince !== undefined) process.exit(128 + constants.signals[signal]);
    stoppingSince = Date.now();
    try {
      await (await started).close();
      process.exit(0);
    } catch (error) {
      console.error(`${name}: did not stop cleanly:`, describeError(error));
      process.exit(1);
    }
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // SIGHUP is sent when the terminal is closed. Without a handler Node.js would end immediately, even under nohup.
  process.on('SIGHUP', stop);
  try {
    await started;
  } catch (error) {
    if (error instanceof StartError) console.error(`${name}: ${error.message}`);
    else console.error(`${name}: did not start:`, describeError(error));
    process.exit(1);
  }
}

/** Ends the process with 1 at an uncaught error. Node.js itself would print the whole error, with all its data. */
export function endAtUncaught(name: string): void {
  process.on('uncaughtException', (error) => {
    console.error(`${name}: ended by an error that nobody caught:`, describeError(error));
    process.exit(1);
  });
}
