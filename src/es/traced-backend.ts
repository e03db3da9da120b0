import type { SegmentBackend } from '../segment-service/segment-service.js';
import type { SpanOptions, Tracing } from '../telemetry/tracing/tracing.js';

/** Makes a span for each call to a backend on Redis. Spans contain no segment and no user. */
export function traceBackend({ store, count }: SegmentBackend, tracing: Tracing): SegmentBackend {
  const span =
    (operation: string) =>
    ({ length }: readonly unknown[]): SpanOptions => ({
      name: `${operation} redis`,
      kind: 'client',
      attributes: { 'db.system.name': 'redis', 'db.operation.batch.size': length },
    });
  return {
    store: tracing.traced(span('store'), store),
    count: tracing.traced(span('count'), count),
  };
}
