import { setTimeout as delay } from 'node:timers/promises';
import type { Probe } from './probe.js';

type DependencyState = 'ok' | 'unreachable' | 'not-ready';

/** Whether a service can do its work, and is to be sent any. */
export interface Readiness {
  /** The state of each dependency, by name: `not-ready` where it answers and cannot be worked with. */
  checks(): Record<string, DependencyState>;
  /** What keeps the service from its work now, for people: each dependency and what is wrong with it. */
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
        Object.entries({ ...required, ...optional }).map(([name, probe]) => [name, stateOf(probe)]),
      ),
    missing: () =>
      Object.entries(required)
        .filter(([, { ok }]) => !ok)
        .map(
          ([name, { reason }]) =>
            `${name} ${reason ? `is not ready, ${reason}` : 'cannot be reached'}`,
        ),
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

function stateOf({ ok, reason }: Probe): DependencyState {
  if (ok) return 'ok';
  return reason === undefined ? 'unreachable' : 'not-ready';
}
