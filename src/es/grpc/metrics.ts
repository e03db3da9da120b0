import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import { Counter, Histogram, type Registry } from 'prom-client';
import { EstimationServiceService } from '../../generated/segment.js';
import { LATENCY_BUCKETS } from '../../shared/metrics/http.js';

/** Methods that are told apart, by path. */
const METHODS = new Map(
  Object.values(EstimationServiceService).map(({ path, requestStream }) => [
    path as string,
    { name: path.slice(path.lastIndexOf('/') + 1), isStream: requestStream },
  ]),
);

const OTHER = { name: 'other', isStream: true };

/** Measures every call: how many, how they ended, and how long those took that are no streams. */
export function createGrpcMetricsInterceptor(registry: Registry): ServerInterceptor {
  const handled = new Counter({
    registers: [registry],
    name: 'segmentation_grpc_server_handled_total',
    help: 'Calls that have ended, by method and status.',
    labelNames: ['method', 'code'],
  });
  const duration = new Histogram({
    registers: [registry],
    name: 'segmentation_grpc_server_duration_seconds',
    help: 'Time from the start of a call to its status; streams are not in it.',
    labelNames: ['method'],
    buckets: LATENCY_BUCKETS,
  });
  return ({ path }, call) => {
    const { name: method, isStream } = METHODS.get(path) ?? OTHER;
    const start = performance.now();
    return new ServerInterceptingCall(call, {
      sendStatus(sent, next) {
        handled.inc({ method, code: status[sent.code ?? status.UNKNOWN] ?? 'UNKNOWN' });
        if (!isStream) duration.observe({ method }, (performance.now() - start) / 1_000);
        next(sent);
      },
    });
  };
}
