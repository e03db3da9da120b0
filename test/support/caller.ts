import type { Caller } from '../../src/auth/caller.js';
import type { Identity } from '../../src/auth/identity.js';

/** A caller without a credential, from an address; `gone` is whether it has gone away. */
export function makeCaller(address = '127.0.0.1', forwardedFor?: string) {
  const caller = {
    headers: { 'x-forwarded-for': forwardedFor },
    peerAddress: () => address,
    identity: undefined as Identity | undefined,
    prepaid: 0,
    gone: false,
    isGone: () => caller.gone,
  };
  return caller satisfies Caller;
}
