import { messageOf } from '../telemetry/describe-error.js';
import type { Logger } from '../telemetry/logger.js';

export interface ProbeOptions {
  /** The name of the target in the log: `Redis at localhost:6379`. */
  target: string;
  /** Resolves if the target is usable; otherwise rejects with the reason. */
  check: () => Promise<unknown>;
  logger: Logger;
  /** Called for every change, and for the first outcome. */
  onChange?: (ok: boolean) => void;
  /** How often the log repeats which target the service waits for and why, in milliseconds. @default 30,000 */
  repeatMs?: number;
}

export interface Probe {
  /** The outcome of the last check; false before the first. */
  readonly ok: boolean;
  /** Why a target that answers is not usable; undefined if it is usable, or does not answer. */
  readonly reason: string | undefined;
  /** Resolves at the first successful check. */
  readonly ready: Promise<void>;
  stop(): void;
}

const OK_INTERVAL_MS = 1_000;
const RETRY_INTERVAL_MS = 200;

/** Maximum of reasons that are logged while a target stays unusable. */
const MAX_REASONS = 10;

const REPEAT_MS = 30_000;

/**
 * Watches a dependency: checks it every second, or every 200 ms while it is unusable. It logs each change, each new reason
 * (a closed connection is often noticed before its cause) and, from time to time, the target that it still waits for.
 */
export function startProbe(options: ProbeOptions): Probe {
  const { target, check, logger, onChange, repeatMs = REPEAT_MS } = options;
  let ok: boolean | undefined;
  let reason: string | undefined;
  const logged = new Set<string>();
  let loggedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let becomeReady = () => {};
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve;
  });

  const complain = (text: string) => {
    // Reasons that differ only in numbers, such as a duration, count as the same.
    const kind = text.replace(/\d+/g, '');
    const isNews = !logged.has(kind) && logged.size < MAX_REASONS;
    if (!isNews && performance.now() - loggedAt < repeatMs) return;
    logger.warn(text);
    logged.add(kind);
    loggedAt = performance.now();
  };
  const settle = (now: boolean, error?: unknown) => {
    if (stopped) return;
    reason = error instanceof NotReady ? error.message : undefined;
    if (!now) complain(describe(target, error));
    if (now !== ok) {
      ok = now;
      if (now) {
        logger.info(`${target} is reached`);
        logged.clear();
        becomeReady();
      }
      onChange?.(now);
    }
    timer = setTimeout(round, now ? OK_INTERVAL_MS : RETRY_INTERVAL_MS);
  };
  const round = () => {
    check().then(
      () => settle(true),
      (error) => settle(false, error),
    );
  };
  round();
  return {
    ready,
    get ok() {
      return ok === true;
    },
    get reason() {
      return reason;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** The error of a target that answers and is not usable, with the reason. */
export class NotReady extends Error {}

function describe(target: string, reason: unknown): string {
  const text = messageOf(reason) || 'it does not say why';
  return reason instanceof NotReady
    ? `${target} is not ready, waiting for it: ${text}`
    : `${target} cannot be reached, waiting for it: ${text}`;
}
