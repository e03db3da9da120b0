import { setTimeout as delay } from 'node:timers/promises';
import type { Probe } from './probe.js';

/** Whether a service can do its work, and is to be sent any. */
export interface Readiness {
  /** The state of each dependency, by name. */
  checks(): Record<string, 'ok' | 'unreachable'>;
  readonly stopping: boolean;
  /** Says not to be ready from now on, and resolves when whoever asks has had time to notice. */
  standDown(): Promise<void>;
}

/**
 * @param dependencies what the service cannot work without, by name
 * @param delayMs how long standing down takes
 * @param onStandDown told when it begins
 */
export function createReadiness(
  dependencies: Record<string, Probe>,
  delayMs: number,
  onStandDown: () => void,
): Readiness {
  let stopping = false;
  return {
    checks: () =>
      Object.fromEntries(
        Object.entries(dependencies).map(([name, { ok }]) => [name, ok ? 'ok' : 'unreachable']),
      ),
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
