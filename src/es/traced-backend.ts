import type { SegmentBackend } from '../segment-service/segment-service.js';
import type { SpanOptions, Tracing } from '../telemetry/tracing/tracing.js';

/** A backend on Redis of which each call is a span. No segment and no user is in it. */
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
