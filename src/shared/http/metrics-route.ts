import type { Registry } from 'prom-client';
import type { Need } from '../auth/scope.js';
import { createMetricsText } from '../metrics/workers.js';
import { textAnswer } from './answer.js';
import type { Route } from './route.js';

/** `/metrics`, as Prometheus reads it; with workers, the sum over all of them. */
export function createMetricsRoute(registry: Registry, needs: Need): Route {
  const metricsText = createMetricsText(registry);
  return {
    path: '/metrics',
    needs,
    isOfService: true,
    get: async () => textAnswer(200, await metricsText(), { 'content-type': registry.contentType }),
  };
}
