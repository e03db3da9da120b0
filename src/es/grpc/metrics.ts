import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { Counter, type Registry } from 'prom-client';
import { EstimationServiceService } from '../../generated/segment.js';
import { createFastHistogram } from '../../telemetry/metrics/fast-histogram.js';
import { LATENCY_BUCKETS } from '../../telemetry/metrics/http.js';

/** Called when a call has ended. @param code what its client was told; CANCELLED if nothing */
export type CallEnded = (code: keyof typeof status, durationMs: number) => void;

/** Measures every call when it has ended. */
export interface CallMetrics {
  /** Measures a call that grpc-js serves; to be called when its headers have arrived. */
  watch(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void;
  /** Measures the calls of a method that are served without grpc-js. @param path of the method */
  of(path: string): CallEnded;
}

/** The number of calls, how they ended and, except for streams, how long they took. */
export function createCallMetrics(registry: Registry): CallMetrics {
  const countCall = createCounter(registry);
  const createSeries = createFastHistogram(registry, {
    name: 'segmentation_grpc_server_duration_seconds',
    help: 'Time from the start of a call to its end; streams are not in it.',
    bounds: LATENCY_BUCKETS,
  });
  const createMethod = (method: string, isStream: boolean): CallEnded => {
    const count = countCall(method);
    let series: ReturnType<typeof createSeries> | undefined;
    return (code, durationMs) => {
      count(code);
      if (isStream) return;
      series ??= createSeries({ method });
      series.observe(durationMs / 1_000);
    };
  };
  const other = createMethod('other', true);
  /** The methods that have a label of their own, by path. */
  const methods = new Map(
    Object.values(EstimationServiceService).map(({ path, requestStream }) => [
      path as string,
      createMethod(path.slice(path.lastIndexOf('/') + 1), requestStream),
    ]),
  );
  const of = (path: string) => methods.get(path) ?? other;

  return {
    of,
    watch(stream, headers) {
      const onEnded = of(headers[':path'] ?? '');
      const start = performance.now();
      stream.once('close', () => onEnded(codeOf(stream), performance.now() - start));
    },
  };
}

/**
 * Counts calls by method and status.
 *
 * @returns a function that makes the counter of a method
 */
function createCounter(registry: Registry) {
  const counts: { method: string; byCode: Map<string, number> }[] = [];
  new Counter({
    registers: [registry],
    name: 'segmentation_grpc_server_handled_total',
    help: 'Calls that have ended, by method and status; CANCELLED where none was sent.',
    labelNames: ['method', 'code'],
    // For each call prom-client would make a text of its labels.
    collect() {
      this.reset();
      for (const { method, byCode } of counts) {
        for (const [code, count] of byCode) this.inc({ method, code }, count);
      }
    },
  });
  return (method: string) => {
    const byCode = new Map<string, number>();
    counts.push({ method, byCode });
    return (code: string) => void byCode.set(code, (byCode.get(code) ?? 0) + 1);
  };
}

/**
 * The status that was sent. It is read from the headers, because grpc-js ends many calls itself before any interceptor sees
 * them.
 */
function codeOf(stream: ServerHttp2Stream): keyof typeof status {
  const { sentHeaders = {}, sentTrailers = {} } = stream;
  const code = sentTrailers['grpc-status'] ?? sentHeaders['grpc-status'];
  if (code !== undefined) return (status[Number(code)] as keyof typeof status) ?? 'UNKNOWN';
  // A request that is not gRPC gets only an HTTP status, which gRPC clients report as UNKNOWN.
  return (sentHeaders[':status'] ?? 200) === 200 ? 'CANCELLED' : 'UNKNOWN';
}
