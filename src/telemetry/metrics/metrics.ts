import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { version } from '../../process/version.js';
import {
  createMembershipMetrics,
  type MembershipMetrics,
} from '../../segment-service/measured-backend.js';
import { createHttpMetrics, type HttpMetrics } from './http.js';

export interface MetricsConfig {
  /** Whether anything is counted as it happens; the metrics of the process are there in any case. */
  enabled: boolean;
  /** The commit that runs. */
  commit: string;
}

export interface Metrics {
  registry: Registry;
  enabled: boolean;
  http: HttpMetrics;
  memberships: MembershipMetrics;
}

/** What prom-client calls totals although they go up and down; each is there by kind too. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

/** The metrics of a service, those of its process included. */
export function createMetrics({ enabled, commit }: MetricsConfig): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  showBuild(registry, commit);
  return {
    registry,
    enabled,
    http: createHttpMetrics(registry, enabled),
    memberships: createMembershipMetrics(registry, enabled),
  };
}

function showBuild(registry: Registry, commit: string): void {
  new Gauge({
    registers: [registry],
    aggregator: 'first',
    name: 'segmentation_build_info',
    help: 'Always 1; says which version and commit runs.',
    labelNames: ['version', 'commit'],
  }).set({ version: version, commit }, 1);
}
