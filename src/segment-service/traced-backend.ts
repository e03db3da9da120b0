import type { SpanOptions, Tracing } from '../telemetry/tracing/tracing.js';
import type { SegmentBackend } from './segment-service.js';

/** A backend each of whose calls is a span. Neither segments nor users are in it. */
export function traceBackend(
  backend: SegmentBackend,
  tracing: Tracing,
  system: string,
): SegmentBackend {
  const span =
    (operation: string) =>
    ({ length }: readonly unknown[]): SpanOptions => ({
      name: `${operation} ${system}`,
      kind: 'client',
      attributes: { 'db.system.name': system, 'db.operation.batch.size': length },
    });
  return {
    store: tracing.traced(span('store'), (groups) => backend.store(groups)),
    count: tracing.traced(span('count'), (segments, days) => backend.count(segments, days)),
  };
}
