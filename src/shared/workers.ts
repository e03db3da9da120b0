import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from './describe-error.js';
import { type Closable, endAtUncaught, run, StartError } from './lifecycle.js';
import { createLogger, type Logger, type LogOptions } from './logger.js';
import { answerMetrics } from './metrics/workers.js';

export interface WorkersConfig {
  /** How many processes serve: 1 is this one alone, `auto` is one for each core. */
  workers: number | 'auto';
  log: LogOptions;
}

/** What a worker tells the primary of its start, and the primary tells a worker. */
type Message = { started: true } | { failed: string } | { stop: true };

/** How long to wait before a worker that died is replaced, so that one that cannot live costs little. */
const REPLACE_AFTER_MS = 1_000;

/**
 * Runs a service as this process, or as several processes that share its ports. With several, this one
 * starts them, replaces one that dies, and stops them together; the first has to start before the others.
 */
export async function runService<Config extends WorkersConfig>(
  name: string,
  loadConfig: () => Config,
  start: (config: Config) => Promise<Closable>,
): Promise<void> {
  if (cluster.isWorker) await runWorker(name, async () => start(loadConfig()));
  else {
    await run(name, async () => {
      const config = loadConfig();
      const count = config.workers === 'auto' ? availableParallelism() : config.workers;
      return count === 1 ? start(config) : startPrimary(count, createLogger(name, config.log));
    });
  }
}

async function startPrimary(count: number, logger: Logger): Promise<Closable> {
  const state = { closing: false };
  const forkOne = async () => {
    const worker = cluster.fork();
    answerMetrics(worker);
    await startOf(worker);
    worker.once('exit', (code, signal) => {
      if (!state.closing) void replace(worker, signal ?? `exit code ${code}`);
    });
  };
  const replace = async (dead: Worker, reason: string) => {
    logger.error(`worker ${dead.id} died (${reason}), starting another`);
    await delay(REPLACE_AFTER_MS);
    if (state.closing) return;
    await forkOne().catch((error) => logger.error(error, 'a worker could not be replaced'));
  };
  await forkOne();
  await Promise.all(Array.from({ length: count - 1 }, forkOne));
  // What a signal asks of this process is for those who do the work.
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
    process.on(signal, () => {
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal);
    });
  }
  logger.info(`${count} workers serve`);
  return {
    async close() {
      state.closing = true;
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
      await Promise.all(workers.map(stopWorker));
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
    worker.once('exit', (code) => reject(new StartError(`a worker ended with exit code ${code}`)));
  });
}

async function stopWorker(worker: Worker): Promise<void> {
  const exited = once(worker, 'exit');
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
