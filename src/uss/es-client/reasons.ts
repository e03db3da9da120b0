import type { ServiceError } from '@grpc/grpc-js';
import { NO_REASON, reasonOf } from './calls.js';

/** Says why ES cannot be reached. */
export interface EsReasons {
  /** Why a call failed; where grpc-js says nothing of that, what it said of one before. */
  of(error: Pick<ServiceError, 'details'>): string;
  /** That ES was reached. */
  forget(): void;
}

/** What OpenSSL and grpc-js say where the settings of both sides differ, and what is to be done. */
const REMEDIES: readonly [said: RegExp, shown: string][] = [
  [
    /wrong version number/,
    'it does not speak TLS: set USS_ES_TLS_ENABLED=false, or ES_GRPC_TLS_CERT_FILE there',
  ],
  [
    /alert certificate required/,
    'it asks for a certificate: set USS_ES_TLS_CERT_FILE and USS_ES_TLS_KEY_FILE',
  ],
  [
    /^Failed to connect\b/,
    'it ends connections at once: where it speaks TLS, set USS_ES_TLS_ENABLED=true',
  ],
];

/** What is said where no time was left, which hides why. */
const NO_TIME = /^Deadline exceeded/;

export function createEsReasons(): EsReasons {
  let last: string | undefined;
  return {
    of(error) {
      const said = reasonOf(error);
      if (said === NO_REASON || NO_TIME.test(said)) return last ?? said;
      const [, shown = said] = REMEDIES.find(([text]) => text.test(said)) ?? [];
      last = shown;
      return shown;
    },
    forget() {
      last = undefined;
    },
  };
}
