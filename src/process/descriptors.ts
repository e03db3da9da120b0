import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import type { Logger } from '../telemetry/logger.js';

/** Kept for what is not a connection of a client: Redis, RabbitMQ, files, threads. */
const RESERVED = 100;

const CHECK_INTERVAL_MS = 2_000;

/** How long it is not said again that there are no files. */
const QUIET_MS = 60_000;

/** How many files and connections this process may have open; undefined where the system does not tell. */
function descriptorLimit(): number | undefined {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft: unknown } } };
  const limit = report.userLimits?.open_files?.soft;
  return typeof limit === 'number' ? limit : undefined;
}

/**
 * Fits limits of connections to what the process may have open, each in proportion. Beyond that nobody could connect
 * any more, to whichever of its ports. The log says so, as a warning where less than half is left.
 *
 * @param limits by the variable that each is set by
 */
export function fitToDescriptors<Variable extends string>(
  limits: Record<Variable, number>,
  logger: Logger,
  limit: number | undefined = descriptorLimit(),
): Record<Variable, number> {
  const entries = Object.entries<number>(limits);
  const wanted = entries.reduce((sum, [, connections]) => sum + connections, 0);
  const room = Math.max((limit ?? Number.POSITIVE_INFINITY) - RESERVED, entries.length);
  if (wanted <= room) return limits;
  const fitted = entries.map(([variable, connections]) => [
    variable,
    Math.max(1, Math.floor((connections * room) / wanted)),
  ]);
  const named = fitted.map(([variable, connections]) => `${variable}=${connections}`).join(', ');
  logger[room < wanted / 2 ? 'warn' : 'info'](
    `the process may have ${limit} files open (ulimit -n), too few for its connections; goes on with ${named}`,
  );
  return Object.fromEntries(fitted);
}

/**
 * Has the log say, at most once a minute, when no file or connection can be opened any more. Listening sockets do not tell:
 * libuv closes what it accepts then.
 *
 * @param intervalMs how often it looks
 * @returns stops it
 */
export function watchDescriptors(logger: Logger, intervalMs = CHECK_INTERVAL_MS): () => void {
  const limit = descriptorLimit();
  let isTold = false;
  let toldAt = Number.NEGATIVE_INFINITY;
  const look = async () => {
    const code = (await tryToOpen())?.code;
    const isShort = code === 'EMFILE' || code === 'ENFILE';
    if (isShort && !isTold && performance.now() - toldAt >= QUIET_MS) {
      [isTold, toldAt] = [true, performance.now()];
      const whose =
        code === 'EMFILE' ? `this process has ${limit} (ulimit -n)` : 'the system has no more';
      logger.error(
        `no more files can be opened (${code}), ${whose}, and connections are closed as they come: raise that, or lower the limits of connections`,
      );
    }
    if (isTold && !isShort) {
      isTold = false;
      logger.info('files can be opened again');
    }
  };
  const timer = setInterval(() => void look(), intervalMs).unref();
  return () => clearInterval(timer);
}

async function tryToOpen(): Promise<NodeJS.ErrnoException | undefined> {
  try {
    const file = await open(devNull);
    await file.close();
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}
