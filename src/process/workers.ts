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
  /** How many processes serve: 1 is this one alone, `auto` is one for each core. */
  workers: number | 'auto';
  log: LogOptions;
}

/** What a worker tells the primary of its start, and the primary tells a worker. */
type Message = { started: true } | { failed: string } | { stop: true };

/** How long to wait before a worker that died is replaced, so that one that cannot live costs little. */
const REPLACE_AFTER_MS = 1_000;

/** Each time that fails it is twice as long, up to this. */
const MAX_REPLACE_AFTER_MS = 30_000;

/** How long a service may have been without any worker when it ends, so that who watches it sees it. */
const GIVE_UP_AFTER_MS = 10_000;

/**
 * Runs a service as this process, or as several processes that share its ports. With several, this one
 * starts them, replaces one that dies, and stops them together; the first has to start before the others.
 * Once none is left, and none could be started for some seconds, it ends with 1. The parameter --version shows the version instead.
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

/** @throws StartError that names the first, of which nobody would take any notice */
function refuseParameters([first]: string[]): void {
  if (first === undefined) return;
  throw new StartError(
    `${JSON.stringify(first)} is not known: settings are variables or in a file, see config/; --version is all there is`,
  );
}

async function startPrimary(count: number, logger: Logger): Promise<Closable> {
  const closing = new AbortController();
  const { signal: closed } = closing;
  /** Those that there are, and their starts. */
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
  // What a signal asks of this process is for those who do the work. One that only starts may not listen to it yet, and a
  // SIGUSR1 would open its debugger.
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

/** Resolves once a worker serves. */
async function startOf(worker: Worker): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: Partial<Record<string, unknown>>) => {
      if (message.started === true) resolve();
      if (typeof message.failed === 'string') reject(new StartError(message.failed));
    });
    // There may be no process, or one that can no longer be told anything.
    worker.on('error', reject);
    worker.once('exit', (code) => reject(new StartError(`a worker ended with exit code ${code}`)));
  });
}

/** Has a worker stop that serves, or is about to: before that it hears nothing. */
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
  // The terminal's Ctrl-C reaches workers too; they wait for the primary's word.
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
    // Without its primary nobody would stop this worker.
    process.once('disconnect', stop);
    process.send?.({ started: true } satisfies Message);
  } catch (error) {
    const reason =
      error instanceof StartError ? error.message : JSON.stringify(describeError(error));
    process.send?.({ failed: reason } satisfies Message, () => process.exit(1));
  }
}
