import type { Metadata } from '@grpc/grpc-js';
import { ANYONE } from '../../shared/auth/guard.js';
import type { Identity } from '../../shared/auth/identity.js';

const identities = new WeakMap<Metadata, Identity>();

/** Notes who makes a call, by the metadata its handler sees. */
export function setIdentity(metadata: Metadata, identity: Identity): void {
  identities.set(metadata, identity);
}

/** Who makes a call, by the metadata its handler sees. */
export function identityOf(metadata: Metadata): Identity | undefined {
  return identities.get(metadata);
}

/** Whether whoever makes a call has shown a credential. */
export function isKnown(metadata: Metadata): boolean {
  return (identities.get(metadata) ?? ANYONE) !== ANYONE;
}
