import { Gauge, type Registry } from 'prom-client';
import type { Readiness } from '../../process/readiness.js';

/** A metric that shows for each dependency of a service whether it can be reached. */
export function showDependencies(registry: Registry, readiness: Readiness): void {
  new Gauge({
    registers: [registry],
    // A dependency counts as down if it is down for any worker.
    aggregator: 'min',
    name: 'segmentation_dependency_up',
    help: 'Whether a dependency was reached by the last check: 1 or 0.',
    labelNames: ['dependency'],
    collect() {
      for (const [dependency, state] of Object.entries(readiness.checks())) {
        this.set({ dependency }, state === 'ok' ? 1 : 0);
      }
    },
  });
}
