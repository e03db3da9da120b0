import { setTimeout as delay } from 'node:timers/promises';
import type { Probe } from './probe.js';

type DependencyState = 'ok' | 'unreachable' | 'not-ready';

/** Whether a service can do its work, and whether clients are to send it requests. */
export interface Readiness {
  /** The state of each dependency, by name: `not-ready` where it answers and is not usable. */
  checks(): Record<string, DependencyState>;
  /** Each required dependency that is not usable and why, in words for people. */
  missing(): string[];
  /** More about the dependencies, by name. */
  details(): Record<string, object>;
  readonly stopping: boolean;
  /** Is not ready from now on; resolves when load balancers have had time to notice. */
  standDown(): Promise<void>;
}

export interface ReadinessOptions {
  /** What the service cannot work without, by name. */
  required: Record<string, Probe>;
  /** What it can do part of its work without, by name. @default none */
  optional?: Record<string, Probe>;
  /** More about the dependencies, by name. @default nothing */
  details?: Readiness['details'];
  /** How long standing down takes, in milliseconds. */
  delayMs: number;
  /** Called when standing down begins. */
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
