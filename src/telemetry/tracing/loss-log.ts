import type { Logger } from '../logger.js';

/** How long after a log line lost spans are only counted, in milliseconds. */
const QUIET_MS = 60_000;

/** Logs how many spans were lost and why: the first immediately, the next ones once a minute. */
export interface LossLog {
  /** A span waits to be sent. */
  waits(): void;
  /** Some spans no longer wait: they are being sent. */
  leave(count: number): void;
  /** Some spans could not be sent. */
  lost(count: number, reason: string): void;
  /** Some spans were dropped while they waited. */
  dropped(count: number): void;
  /** No more spans are sent: logs the losses that were not logged yet. */
  close(): void;
}

/** @param where the host to which spans are sent */
export function createLossLog(logger: Logger, where: string): LossLog {
  let waiting = 0;
  let count = 0;
  let reason = '';
  let timer: NodeJS.Timeout | undefined;
  const say = () => {
    timer = undefined;
    if (count === 0) return;
    logger.warn({ spans: count, reason }, `spans were not sent to ${where}, and are lost`);
    count = 0;
    timer = setTimeout(say, QUIET_MS).unref();
  };
  const lost = (more: number, why: string) => {
    count += more;
    reason = why;
    if (timer === undefined) say();
  };
  const leave = (some: number) => {
    waiting -= some;
  };
  const dropped = (some: number) => {
    leave(some);
    lost(some, 'more spans than can wait (OTEL_BSP_MAX_QUEUE_SIZE)');
  };
  return {
    waits() {
      waiting += 1;
    },
    leave,
    lost,
    dropped,
    close() {
      if (waiting > 0) dropped(waiting);
      clearTimeout(timer);
      say();
      clearTimeout(timer);
    },
  };
}
