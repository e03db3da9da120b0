import { setTimeout as delay } from 'node:timers/promises';
import type { Probe } from './probe.js';

/** Whether a service can do its work, and is to be sent any. */
export interface Readiness {
  /** The state of each dependency, by name. */
  checks(): Record<string, 'ok' | 'unreachable'>;
  /** The names of those that keep the service from its work now. */
  missing(): string[];
  /** What else there is to know about the dependencies, by name. */
  details(): Record<string, object>;
  readonly stopping: boolean;
  /** Says not to be ready from now on, and resolves when whoever asks has had time to notice. */
  standDown(): Promise<void>;
}

export interface ReadinessOptions {
  /** What the service cannot work without, by name. */
  required: Record<string, Probe>;
  /** What it can do part of its work without, by name; none unless given. */
  optional?: Record<string, Probe>;
  /** What else there is to know about them, by name; nothing unless given. */
  details?: Readiness['details'];
  /** How long standing down takes, in milliseconds. */
  delayMs: number;
  /** Told when it begins. */
  onStandDown: () => void;
}

export function createReadiness(options: ReadinessOptions): Readiness {
  const { required, optional = {}, details = () => ({}), delayMs, onStandDown } = options;
  let stopping = false;
  return {
    checks: () =>
      Object.fromEntries(
        Object.entries({ ...required, ...optional }).map(([name, { ok }]) => [
          name,
          ok ? 'ok' : 'unreachable',
        ]),
      ),
    missing: () => Object.keys(required).filter((name) => !required[name]?.ok),
    details,
    get stopping() {
      return stopping;
    },
    async standDown() {
      stopping = true;
      onStandDown();
      if (delayMs > 0) await delay(delayMs);
    },
  };
}
