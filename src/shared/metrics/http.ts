import { Histogram, type Registry } from 'prom-client';

export interface HttpMetrics {
  /**
   * Notes an answered request.
   *
   * @param route the path pattern, never the path
   * @param durationMs from its first look to the answer
   */
  observe(route: string, method: string | undefined, status: number, durationMs: number): void;
}

/** Upper bounds, in seconds: most answers take less than a millisecond. */
export const LATENCY_BUCKETS = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
];

/** Methods that are told apart; a client may send any word. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'PATCH', 'DELETE']);

export function createHttpMetrics(registry: Registry, enabled: boolean): HttpMetrics {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first look at a request to its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: LATENCY_BUCKETS,
    registers: [registry],
  });
  // Looking a series up costs more than counting in it, and there are few.
  const series = new Map<string, Map<number, { observe: (seconds: number) => void }>>();
  const seriesOf = (route: string, method: string, status: number) => {
    const name = `${method} ${route}`;
    let statuses = series.get(name);
    if (statuses === undefined) {
      statuses = new Map();
      series.set(name, statuses);
    }
    let one = statuses.get(status);
    if (one === undefined) {
      one = duration.labels(method, route, String(status));
      statuses.set(status, one);
    }
    return one;
  };
  return {
    observe(route, method = '', status, durationMs) {
      if (!enabled) return;
      const known = METHODS.has(method) ? method : 'other';
      seriesOf(route, known, status).observe(durationMs / 1_000);
    },
  };
}
