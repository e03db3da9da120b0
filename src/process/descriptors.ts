import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import type { Logger } from '../telemetry/logger.js';

/** Descriptors that are reserved for everything except connections of clients: Redis, RabbitMQ, files, threads. */
const RESERVED = 100;

const CHECK_INTERVAL_MS = 2_000;

/** The minimum time between two logs of the same error, in milliseconds. */
const QUIET_MS = 60_000;

/** How many files and connections this process may have open; undefined if the system does not report it. */
function descriptorLimit(): number | undefined {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft: unknown } } };
  const limit = report.userLimits?.open_files?.soft;
  return typeof limit === 'number' ? limit : undefined;
}

/**
 * Lowers limits of connections, in proportion, to the number that the process may have open. Otherwise clients could use up
 * all descriptors, and nobody could connect to any port. The change is logged, as a warning if less than half is left.
 *
 * @param limits the limits by the variables that set them
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
 * Logs, at most once a minute, that no file or connection can be opened any more. Listening sockets do not report this:
 * libuv then closes the connections that it accepts.
 *
 * @param intervalMs how often it checks, in milliseconds
 * @returns a function that stops the checks
 */
export function watchDescriptors(logger: Logger, intervalMs = CHECK_INTERVAL_MS): () => void {
  const limit = descriptorLimit();
  let isLogged = false;
  let loggedAt = Number.NEGATIVE_INFINITY;
  const look = async () => {
    const code = (await tryToOpen())?.code;
    const isShort = code === 'EMFILE' || code === 'ENFILE';
    if (isShort && !isLogged && performance.now() - loggedAt >= QUIET_MS) {
      isLogged = true;
      loggedAt = performance.now();
      const whose =
        code === 'EMFILE' ? `this process has ${limit} (ulimit -n)` : 'the system has no more';
      logger.error(
        `no more files can be opened (${code}), ${whose}, and connections are closed as they come: raise that, or lower the limits of connections`,
      );
    }
    if (isLogged && !isShort) {
      isLogged = false;
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
