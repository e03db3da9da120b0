import { InterceptingCall, type Interceptor, type ServiceError, status } from '@grpc/grpc-js';
import { NotReady } from '../../process/probe.js';

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

/** Takes a call to ES, and throws NotReady unless ES lets USS in, as far as is known. */
export type TokenCheck = (call: Promise<unknown>) => Promise<void>;

/**
 * Remembers what ES makes of the credential of USS. A call that tells nothing of it, such as one that took too
 * long, leaves it at what was known before, so that neither a refusal nor its absence is made up.
 */
export function createTokenCheck(): TokenCheck {
  let isKnown = false;
  let refusal: NotReady | undefined = new NotReady(
    'it has not looked at the credential of USS yet',
  );
  return async (call) => {
    await call.then(
      () => {
        [isKnown, refusal] = [true, undefined];
      },
      ({ code, details }: ServiceError) => {
        // Only who is let in has anything to use up; whoever is not is told that first.
        const isLimited = code === status.RESOURCE_EXHAUSTED && !isKnown;
        // Only who is let in is told that a request is bad.
        if (isLimited || code === status.INVALID_ARGUMENT) [isKnown, refusal] = [true, undefined];
        if (code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED) {
          isKnown = true;
          refusal = new NotReady(`it refuses the credential of USS (USS_ES_TOKEN): ${details}`);
        }
      },
    );
    if (refusal !== undefined) throw refusal;
  };
}
