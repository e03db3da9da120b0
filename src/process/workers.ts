import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '../telemetry/describe-error.js';
import { createLogger, type Logger, type LogOptions } from '../telemetry/logger.js';
import { answerMetrics } from '../telemetry/metrics/workers.js';
import { type Closable, endAtUncaught, run, StartError } from './lifecycle.js';
import { version } from './version.js';
import { relayQuestions } from './worker-questions.js';

export interface WorkersConfig {
  /** How many processes serve: 1 means only this process, `auto` means one for each core. */
  workers: number | 'auto';
  log: LogOptions;
}

/** Messages between the primary and a worker: the worker has started, or the worker has to stop. */
type Message = { started: true } | { failed: string } | { stop: true };

/** How long to wait before a dead worker is replaced, so that workers that die immediately use little CPU. */
const REPLACE_AFTER_MS = 1_000;

/** The wait doubles after each failure, up to this maximum. */
const MAX_REPLACE_AFTER_MS = 30_000;

/** How long a service may have no worker before it ends, so that its supervisor notices. */
const GIVE_UP_AFTER_MS = 10_000;

/**
 * Runs a service as this process, or as several processes that share its ports. With several, this process is the primary:
 * it starts the others, replaces those that die, and stops them together. The first worker has to start before the others.
 * If no worker has served for some seconds, the primary ends with 1. With the parameter --version it only prints the
 * version.
 */
export async function runService<Config extends WorkersConfig>(
  name: string,
  loadConfig: () => Config,
  start: (config: Config) => Promise<Closable>,
): Promise<void> {
  if (process.argv[2] === '--version') console.log(`${name} ${version}`);
  else if (cluster.isWorker) await runWorker(name, async () => start(loadConfig()));
  else {
    await run(name, async () => {
      refuseParameters(process.argv.slice(2));
      const config = loadConfig();
      const count = config.workers === 'auto' ? availableParallelism() : config.workers;
      return count === 1 ? start(config) : startPrimary(count, createLogger(name, config.log));
    });
  }
}

/** @throws StartError that names the first parameter, because it would otherwise be ignored */
function refuseParameters([first]: string[]): void {
  if (first === undefined) return;
  throw new StartError(
    `${JSON.stringify(first)} is not known: settings are variables or in a file, see config/; --version is all there is`,
  );
}

async function startPrimary(count: number, logger: Logger): Promise<Closable> {
  const closing = new AbortController();
  const { signal: closed } = closing;
  /** All workers, each with a promise of its start. */
  const workers = new Map<Worker, Promise<void>>();
  const serving = new Set<Worker>();
  let servedAt = 0;
  const forkOne = async () => {
    const worker = cluster.fork();
    const start = startOf(worker);
    workers.set(worker, start);
    worker.once('exit', () => workers.delete(worker));
    answerMetrics(worker);
    await start;
    serving.add(worker);
    relayQuestions(worker, serving);
    worker.once('exit', (code, signal) => {
      serving.delete(worker);
      servedAt = performance.now();
      if (!closed.aborted) void replace(worker, signal ?? `exit code ${code}`);
    });
  };
  const replace = async (dead: Worker, reason: string) => {
    logger.error(`worker ${dead.id} died (${reason}), starting another`);
    for (let wait = REPLACE_AFTER_MS; ; wait = Math.min(2 * wait, MAX_REPLACE_AFTER_MS)) {
      await delay(wait, undefined, { signal: closed }).catch(() => {});
      if (closed.aborted) return;
      try {
        return await forkOne();
      } catch (error) {
        logger.error(error, 'a worker could not be replaced, trying again');
      }
      if (serving.size === 0 && performance.now() - servedAt > GIVE_UP_AFTER_MS) {
        logger.fatal('no worker is left, and none can be started');
        process.exit(1);
      }
    }
  };
  await forkOne();
  await Promise.all(Array.from({ length: count - 1 }, forkOne));
  // Signals are passed to the workers that serve. A worker that is starting may have no handler yet, and SIGUSR1 would open
  // its debugger.
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
    process.on(signal, () => {
      for (const worker of serving) worker.process.kill(signal);
    });
  }
  logger.info(`${count} workers serve`);
  return {
    async close() {
      closing.abort();
      await Promise.all(Array.from(workers, stopWorker));
    },
  };
}

/** Resolves when a worker serves. */
async function startOf(worker: Worker): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: Partial<Record<string, unknown>>) => {
      if (message.started === true) resolve();
      if (typeof message.failed === 'string') reject(new StartError(message.failed));
    });
    // The process could not be started, or can receive no more messages.
    worker.on('error', reject);
    worker.once('exit', (code) => reject(new StartError(`a worker ended with exit code ${code}`)));
  });
}

/** Stops a worker that serves or will serve soon: before it serves, it receives no messages. */
async function stopWorker([worker, start]: [Worker, Promise<void>]): Promise<void> {
  const exited = once(worker, 'exit');
  const hasStarted = await start.then(
    () => true,
    () => false,
  );
  if (!hasStarted) return;
  worker.send({ stop: true } satisfies Message);
  const [code] = await exited;
  if (code !== 0) throw new Error(`worker ${worker.id} ended with ${code}`);
}

async function runWorker(name: string, start: () => Promise<Closable>): Promise<void> {
  endAtUncaught(name);
  // Ctrl-C in the terminal reaches workers too; they wait for the message of the primary.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
  try {
    const service = await start();
    const stop = () => {
      service.close().then(
        () => process.exit(0),
        (error) => {
          console.error(`${name}: did not stop cleanly:`, describeError(error));
          process.exit(1);
        },
      );
    };
    process.on('message', (message: Message) => 'stop' in message && stop());
    // Without a primary, no other process would stop this worker.
    process.once('disconnect', stop);
    process.send?.({ started: true } satisfies Message);
  } catch (error) {
    const reason =
      error instanceof StartError ? error.message : JSON.stringify(describeError(error));
    process.send?.({ failed: reason } satisfies Message, () => process.exit(1));
  }
}
