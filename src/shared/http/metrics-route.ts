import type { Registry } from 'prom-client';
import { createMetricsText } from '../worker-metrics.js';
import { textAnswer } from './answer.js';
import type { Route } from './route.js';

/** `/metrics`, as Prometheus reads it; with workers, the sum over all of them. */
export function createMetricsRoute(registry: Registry): Route {
  const metricsText = createMetricsText(registry);
  return {
    path: '/metrics',
    get: async () => textAnswer(200, await metricsText(), { 'content-type': registry.contentType }),
  };
}
