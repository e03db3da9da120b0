import type { Peer } from './caller.js';
import type { Identity } from './identity.js';

/** Limits wrong credentials by address, because the client is not identified yet. */
export interface Attempts {
  /**
   * To be called before an unknown credential is verified.
   *
   * @throws Failure `limited`
   */
  begin(peer: Peer): void;
  /** To be called if the credential was right, or could not be verified now. */
  undo(peer: Peer): void;
  /**
   * To be called if the credential was missing or wrong.
   *
   * @throws Failure `limited`, which is answered instead
   */
  failed(peer: Peer): void;
  /**
   * To be called if the credential is right, but lacks a scope. This counts as a request of its client.
   *
   * @throws Failure `limited`, which is answered instead
   */
  forbidden(identity: Identity): void;
}
