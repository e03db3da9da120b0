import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';
import type { Caller } from '../../auth/caller.js';

const callers = new WeakMap<Metadata, Caller>();

/** The caller of a call, found by the metadata that its handler receives. */
export function callerOf(metadata: Metadata): Caller | undefined {
  return callers.get(metadata);
}

/** Makes the caller of a call known to its handler. */
export function createCaller(
  call: ServerInterceptingCallInterface,
  metadata: Metadata,
  isGone: () => boolean,
): Caller {
  const caller: Caller = {
    headers: { 'x-forwarded-for': textOf(metadata, 'x-forwarded-for') },
    peerAddress: () => call.getConnectionInfo().remoteAddress,
    identity: undefined,
    prepaid: 0,
    isGone,
  };
  callers.set(metadata, caller);
  return caller;
}

/** The value of a metadata key; several values are joined by commas, as in HTTP. Undefined if there is no value. */
export function textOf(metadata: Metadata, key: string): string | undefined {
  const values = metadata.get(key);
  return values.length === 0 ? undefined : values.join(', ');
}
