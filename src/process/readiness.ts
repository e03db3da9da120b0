import { setTimeout as delay } from 'node:timers/promises';
import type { Probe } from './probe.js';

type DependencyState = 'ok' | 'unreachable' | 'not-ready';

/** Whether a service can do its work, and whether clients should send it requests. */
export interface Readiness {
  /** The state of each dependency, by name: `not-ready` if it answers but is not usable. */
  checks(): Record<string, DependencyState>;
  /** Each required dependency that is not usable, with the reason, as texts for people. */
  missing(): string[];
  /** More information about the dependencies, by name. */
  details(): Record<string, object>;
  readonly stopping: boolean;
  /** Makes the service not ready from now on. Resolves when load balancers have had time to notice it. */
  standDown(): Promise<void>;
}

export interface ReadinessOptions {
  /** The dependencies without which the service cannot work, by name. */
  required: Record<string, Probe>;
  /** The dependencies without which it can still do a part of its work, by name. @default none */
  optional?: Record<string, Probe>;
  /** More information about the dependencies, by name. @default nothing */
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
