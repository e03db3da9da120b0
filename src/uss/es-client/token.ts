import { InterceptingCall, type Interceptor, type ServiceError, status } from '@grpc/grpc-js';
import { NotReady } from '../../process/probe.js';

/** Adds the credential of USS to every call; adds nothing if it is empty. */
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

/** Waits for a call to ES. Throws NotReady if ES is known to reject the credential of USS. */
export type TokenCheck = (call: Promise<unknown>) => Promise<void>;

/**
 * Remembers whether ES accepts the credential of USS. A call whose outcome does not show that, such as one that took too long,
 * changes nothing.
 */
export function createTokenCheck(): TokenCheck {
  let isKnown = false;
  let refusal: NotReady | undefined = new NotReady(
    'it has not looked at the credential of USS yet',
  );
  const accepted = () => {
    isKnown = true;
    refusal = undefined;
  };
  return async (call) => {
    await call.then(accepted, ({ code, details }: ServiceError) => {
      // ES checks the credential before it charges, so ES has accepted USS.
      const isLimited = code === status.RESOURCE_EXHAUSTED && !isKnown;
      // ES checks the credential before the request, so ES has accepted USS.
      if (isLimited || code === status.INVALID_ARGUMENT) accepted();
      if (code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED) {
        isKnown = true;
        refusal = new NotReady(`it refuses the credential of USS (USS_ES_TOKEN): ${details}`);
      }
    });
    if (refusal !== undefined) throw refusal;
  };
}
