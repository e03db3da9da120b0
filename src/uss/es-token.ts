import { InterceptingCall, type Interceptor, type ServiceError, status } from '@grpc/grpc-js';
import { NotReady } from '../shared/probe.js';

/** Shows ES the credential of USS with every call; nothing where there is none. */
export function withToken(token: string): Interceptor[] {
  if (token === '') return [];
  return [
    (options, nextCall) =>
      new InterceptingCall(nextCall(options), {
        start(metadata, listener, next) {
          metadata.set('authorization', `Bearer ${token}`);
          next(metadata, listener);
        },
      }),
  ];
}

/** @throws NotReady when ES refused a call for the credential of USS; what else may be wrong is not looked at */
export function throwIfRefused({ code, details }: ServiceError): void {
  if (code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED) {
    throw new NotReady(`it refuses the credential of USS (USS_ES_TOKEN): ${details}`);
  }
}
