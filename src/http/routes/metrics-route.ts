import type { Registry } from 'prom-client';
import type { Need } from '../../auth/scope.js';
import {
  OPEN_METRICS_TYPE,
  prefersOpenMetrics,
  toOpenMetrics,
} from '../../telemetry/metrics/open-metrics.js';
import { createMetricsText } from '../../telemetry/metrics/workers.js';
import { textAnswer } from '../answer.js';
import type { Route } from '../route.js';

/** `/metrics`, in the format of Prometheus or as OpenMetrics; with workers, the sum over all of them. */
export function createMetricsRoute(registry: Registry, needs: Need): Route {
  const metricsText = createMetricsText(registry);
  return {
    method: 'GET',
    path: '/metrics',
    needs,
    isOfService: true,
    async handle({ headers }) {
      const text = await metricsText();
      const isOpen = prefersOpenMetrics(String(headers.accept ?? ''));
      return textAnswer(200, isOpen ? toOpenMetrics(text) : text, {
        'content-type': isOpen ? OPEN_METRICS_TYPE : registry.contentType,
        vary: 'accept',
      });
    },
    operation: {
      tags: ['operations'],
      operationId: 'metrics',
      summary: 'What it does, in figures, as Prometheus reads them',
      responses: {
        200: {
          description: 'Metrics',
          content: {
            'text/plain': { schema: { type: 'string' } },
            'application/openmetrics-text': { schema: { type: 'string' } },
          },
        },
      },
    },
  };
}
