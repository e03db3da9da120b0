import { messageOf } from '../telemetry/describe-error.js';
import type { Logger } from '../telemetry/logger.js';

export interface ProbeOptions {
  /** What is probed, as the log names it: `Redis at localhost:6379`. */
  target: string;
  /** Resolves while the target can be worked with; rejects with the reason when not. */
  check: () => Promise<unknown>;
  logger: Logger;
  /** Told of every change, the first outcome included. */
  onChange?: (ok: boolean) => void;
  /** How often the log repeats what is waited for and why, in milliseconds; 30 s unless given. */
  repeatMs?: number;
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

const REPEAT_MS = 30_000;

/**
 * Watches a dependency: checks it every second, or every 200 ms while it is away, and logs each change, each reason that comes to
 * light later (that a connection was closed is often seen before why), and now and then what it still waits for.
 */
export function startProbe(options: ProbeOptions): Probe {
  const { target, check, logger, onChange, repeatMs = REPEAT_MS } = options;
  let ok: boolean | undefined;
  let reason: string | undefined;
  const told = new Set<string>();
  let loggedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let becomeReady = () => {};
  const ready = new Promise<void>((resolve) => {
    becomeReady = resolve;
  });

  const complain = (text: string) => {
    // Of two that differ in numbers only, such as in how long something took, one is enough.
    const kind = text.replace(/\d+/g, '');
    const isNews = !told.has(kind) && told.size < MAX_REASONS;
    if (!isNews && performance.now() - loggedAt < repeatMs) return;
    logger.warn(text);
    told.add(kind);
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
  const text = messageOf(reason) || 'it does not say why';
  return reason instanceof NotReady
    ? `${target} is not ready, waiting for it: ${text}`
    : `${target} cannot be reached, waiting for it: ${text}`;
}
