import type { PeerCertificate } from 'node:tls';
import type { Caller } from '../../auth/caller.js';
import type { Guard } from '../../auth/guard.js';
import { Failure } from '../../domain/failure.js';
import type { Clients } from '../../limits/clients.js';
import { createNameCheck } from '../../tls/certificate-names.js';
import { needsOf } from './method-scopes.js';

/** A call that has just come, whichever way. */
interface ArrivingCall {
  /** The path of its method. */
  path: string;
  /** The value of its `authorization` metadata. */
  authorization: string | undefined;
  caller: Caller;
  /** The certificate of its client, checked by TLS; undefined if the client has none. */
  certificate: () => PeerCertificate | undefined;
}

/**
 * Decides whether a call may go on. This is the only such decision: both ways into ES use it, before they read a message.
 * It sets the identity of the caller, and charges the call to its client, except calls of methods that need no credential.
 * For a known credential the decision is immediate.
 *
 * @throws Failure as the guard does, `forbidden` if the certificate has no allowed name, `limited` if the client is over its
 *   limit
 */
export type Admit = (call: ArrivingCall) => void | Promise<void>;

export interface AdmissionOptions {
  guard: Guard;
  clients: Pick<Clients, 'quota'>;
}

const NOT_ALLOWED = new Failure(
  'forbidden',
  'the certificate is of no client that is allowed here',
);

/**
 * @param allowedClients alternative names (DNS or URI), or common names for certificates without alternative names, separated
 *   by commas; an empty text accepts every client
 */
export function createAdmission(
  { guard, clients: { quota } }: AdmissionOptions,
  allowedClients: string,
): Admit {
  const isAllowed =
    allowedClients === ''
      ? undefined
      : createNameCheck(allowedClients.split(',').map((name) => name.trim()));

  return ({ path, authorization, caller, certificate }) => {
    const needs = needsOf(path);
    if (isAllowed !== undefined) {
      const shown = certificate();
      if (shown === undefined || !isAllowed(shown)) throw NOT_ALLOWED;
    }
    const charge = () => {
      if (needs !== 'open') quota?.admit(caller);
    };
    const identity = guard(needs, authorization, caller);
    if (identity instanceof Promise) {
      return identity.then((verified) => {
        caller.identity = verified;
        charge();
      });
    }
    caller.identity = identity;
    charge();
  };
}
