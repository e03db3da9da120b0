import { messageOf } from './describe-error.js';
import type { Logger } from './logger.js';

export interface ProbeOptions {
  /** What is probed, as the log names it: `Redis at localhost:6379`. */
  target: string;
  /** Resolves while the target can be worked with; rejects with the reason when not. */
  check: () => Promise<unknown>;
  logger: Logger;
  /** Told of every change, the first outcome included. */
  onChange?: (ok: boolean) => void;
}

export interface Probe {
  /** The outcome of the last check; false before the first. */
  readonly ok: boolean;
  /** Why a target that answers cannot be worked with; undefined where it can, or does not answer. */
  readonly reason: string | undefined;
  /** Resolves at the first check that is passed. */
  readonly ready: Promise<void>;
  stop(): void;
}

const OK_INTERVAL_MS = 1_000;
const RETRY_INTERVAL_MS = 200;

/** Most reasons that are logged of one time in which a target cannot be worked with. */
const MAX_REASONS = 10;

/**
 * Watches a dependency: checks it every second, or every 200 ms while it is away, and logs each change, and each reason that
 * comes to light later: that a connection was closed is often seen before why.
 */
export function startProbe({ target, check, logger, onChange }: ProbeOptions): Probe {
  let ok: boolean | undefined;
  let reason: string | undefined;
  const told = new Set<string | undefined>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let becomeReady = () => {};
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve;
  });

  const settle = (now: boolean, error?: unknown) => {
    if (stopped) return;
    reason = error instanceof NotReady ? error.message : undefined;
    const isNews = reason !== undefined && !told.has(reason) && told.size < MAX_REASONS;
    if (!now && (now !== ok || isNews)) {
      logger.warn(describe(target, error));
      told.add(reason);
    }
    if (now !== ok) {
      ok = now;
      if (now) {
        logger.info(`${target} is reached`);
        told.clear();
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

/** Why a target that answers cannot be worked with. */
export class NotReady extends Error {}

function describe(target: string, reason: unknown): string {
  const text = messageOf(reason);
  return reason instanceof NotReady
    ? `${target} is not ready, waiting for it: ${text}`
    : `${target} cannot be reached, waiting for it: ${text}`;
}
