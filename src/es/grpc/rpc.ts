import type { handleUnaryCall } from '@grpc/grpc-js';
import type { EstimationServiceServer } from '../../generated/segment.js';
import type { RequestLog } from '../../telemetry/request-log.js';
import { callerOf } from './callers.js';
import type { Answer, Methods } from './methods.js';
import { requestContextOf, traceparentOf } from './request-context.js';
import { toStatus } from './status.js';

/** The methods of EstimationService as grpc-js calls them. */
export function createRpc(
  methods: Methods,
  requestLog: RequestLog,
  storeStream: EstimationServiceServer['storeStream'],
): EstimationServiceServer {
  const handle =
    <Request, Response>(
      method: string,
      answer: Answer<Request, Response>,
    ): handleUnaryCall<Request, Response> =>
    async ({ request, metadata }, callback) => {
      const traceparent = traceparentOf(metadata);
      try {
        callback(null, await answer(request, { caller: callerOf(metadata), traceparent }));
      } catch (error) {
        callback(toStatus(error, requestLog, requestContextOf(method, traceparent)));
      }
    };
  return {
    store: handle('Store', methods.store),
    storeBatch: handle('StoreBatch', methods.storeBatch),
    storeStream,
    count: handle('Count', methods.count),
    countBatch: handle('CountBatch', methods.countBatch),
    listSegments: handle('ListSegments', methods.listSegments),
    estimate: handle('Estimate', methods.estimate),
    history: handle('History', methods.history),
    overlap: handle('Overlap', methods.overlap),
    estimateExpression: handle('EstimateExpression', methods.estimateExpression),
    similar: handle('Similar', methods.similar),
    deleteSegment: handle('DeleteSegment', methods.deleteSegment),
  };
}
