import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { version } from '../../process/version.js';
import { createHttpMetrics, type HttpMetrics } from './http.js';

export interface MetricsConfig {
  /** Whether requests, memberships and commands are counted; the metrics of the process always exist. */
  enabled: boolean;
  /** The running commit. */
  commit: string;
}

export interface Metrics {
  registry: Registry;
  enabled: boolean;
  http: HttpMetrics;
}

/** Gauges with names like counters, which prom-client makes; prom-client also offers each of them by kind. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The metrics of a service, with those of its process. */
export function createMetrics({ enabled, commit }: MetricsConfig): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  showBuild(registry, commit);
  return {
    registry,
    enabled,
    http: createHttpMetrics(registry, enabled),
  };
}

function showBuild(registry: Registry, commit: string): void {
  new Gauge({
    registers: [registry],
    aggregator: 'first',
    name: 'segmentation_build_info',
    help: 'Always 1; says which version and commit runs.',
    labelNames: ['version', 'commit'],
  }).set({ version, commit }, 1);
}
