import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { RequestLog } from '../../telemetry/request-log.js';
import type { Admit } from './admission.js';
import { createCaller, textOf } from './callers.js';
import { requestContextOf, traceparentOf } from './request-context.js';
import { toStatus } from './status.js';

/**
 * Guards every method that grpc-js serves. If a call is refused, none of its messages is read and its handler is not called.
 */
export function createGuardInterceptor(admit: Admit, requestLog: RequestLog): ServerInterceptor {
  return ({ path }, call) => {
    let isGone = false;
    const onReceiveMetadata = async (metadata: Metadata, next: (metadata: Metadata) => void) => {
      try {
        const admitted = admit({
          path,
          authorization: textOf(metadata, 'authorization'),
          caller: createCaller(call, metadata, () => isGone),
          certificate: () => call.getAuthContext().sslPeerCertificate,
        });
        if (admitted !== undefined) await admitted;
      } catch (error) {
        const context = requestContextOf(path, traceparentOf(metadata));
        call.sendStatus(toStatus(error, requestLog, context));
        return;
      }
      next(metadata);
    };
    const onCancel = () => {
      isGone = true;
    };
    return new ServerInterceptingCall(call, {
      start: (next) => next({ onReceiveMetadata, onCancel }),
    });
  };
}
