import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { Counter, Histogram, type Registry } from 'prom-client';
import { EstimationServiceService } from '../../generated/segment.js';
import { LATENCY_BUCKETS } from '../../telemetry/metrics/http.js';

/** The methods that have a label of their own, by path. */
const METHODS = new Map(
  Object.values(EstimationServiceService).map(({ path, requestStream }) => [
    path as string,
    { name: path.slice(path.lastIndexOf('/') + 1), isStream: requestStream },
  ]),
);

const OTHER = { name: 'other', isStream: true };

/** Called for each call when its headers have arrived. */
export type CallWatch = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/**
 * Measures every call when it has ended: the number of calls, how they ended and, except for streams, how long they took.
 * It reads the status from the headers that were sent, because grpc-js ends many calls itself before any interceptor sees
 * them.
 */
export function createCallMetrics(registry: Registry): CallWatch {
  const handled = new Counter({
    registers: [registry],
    name: 'segmentation_grpc_server_handled_total',
    help: 'Calls that have ended, by method and status; CANCELLED where none was sent.',
    labelNames: ['method', 'code'],
  });
  const duration = new Histogram({
    registers: [registry],
    name: 'segmentation_grpc_server_duration_seconds',
    help: 'Time from the start of a call to its end; streams are not in it.',
    labelNames: ['method'],
    buckets: LATENCY_BUCKETS,
  });
  return (stream, headers) => {
    const { name: method, isStream } = METHODS.get(headers[':path'] ?? '') ?? OTHER;
    const start = performance.now();
    stream.once('close', () => {
      handled.inc({ method, code: codeOf(stream) });
      if (!isStream) duration.observe({ method }, (performance.now() - start) / 1_000);
    });
  };
}

function codeOf({ sentHeaders = {}, sentTrailers = {} }: ServerHttp2Stream): string {
  const code = sentTrailers['grpc-status'] ?? sentHeaders['grpc-status'];
  if (code !== undefined) return status[Number(code)] ?? 'UNKNOWN';
  // A request that is not gRPC gets only an HTTP status, which gRPC clients report as UNKNOWN.
  return (sentHeaders[':status'] ?? 200) === 200 ? 'CANCELLED' : 'UNKNOWN';
}
