import type { Registry } from 'prom-client';
import { createFastHistogram, type Series } from './fast-histogram.js';

export interface HttpMetrics {
  /**
   * Counts an answered request.
   *
   * @param route the pattern of the path, never the path itself
   * @param durationMs from the time when the service first saw the request to the answer
   */
  observe(route: string, method: string | undefined, status: number, durationMs: number): void;
}

/** Upper bounds, in seconds: most answers take less than a millisecond. */
export const LATENCY_BUCKETS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];

/** Methods with a label of their own; a client may send any word. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'PATCH', 'DELETE']);

export function createHttpMetrics(registry: Registry, enabled: boolean): HttpMetrics {
  const createSeries = createFastHistogram(registry, {
    name: 'segmentation_http_request_duration_seconds',
    help: 'Time from the first look at a request to its answer.',
    bounds: LATENCY_BUCKETS,
  });
  // Nested maps by route, status and method: a joined key would have to be built for each request.
  const routes = new Map<string, Map<number, Map<string, Series>>>();
  const createSeriesOf = (route: string, method: string, status: number): Series => {
    const series = createSeries({ method, route, status: String(status) });
    const statuses = routes.get(route) ?? new Map<number, Map<string, Series>>();
    const methods = statuses.get(status) ?? new Map<string, Series>();
    routes.set(route, statuses.set(status, methods.set(method, series)));
    return series;
  };
  return {
    observe(route, method = '', status, durationMs) {
      if (!enabled) return;
      const known = METHODS.has(method) ? method : 'other';
      const series = routes.get(route)?.get(status)?.get(known);
      (series ?? createSeriesOf(route, known, status)).observe(durationMs / 1_000);
    },
  };
}
