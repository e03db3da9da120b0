import type { Tracing } from '../telemetry/tracing/tracing.js';
import type { SegmentBackend } from './segment-service.js';

/** A backend each of whose calls is a span. Neither segments nor users are in it. */
export function traceBackend(
  backend: SegmentBackend,
  tracing: Tracing | undefined,
  system: string,
): SegmentBackend {
  if (tracing === undefined) return backend;
  const run = <T>(operation: string, count: number, work: () => Promise<T>) =>
    tracing.run(
      `${operation} ${system}`,
      {
        kind: 'client',
        attributes: { 'db.system.name': system, 'db.operation.batch.size': count },
      },
      work,
    );
  return {
    store: (groups) => run('store', groups.length, () => backend.store(groups)),
    count: (segments, days) => run('count', segments.length, () => backend.count(segments, days)),
  };
}
