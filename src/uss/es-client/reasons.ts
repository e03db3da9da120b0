import type { ServiceError } from '@grpc/grpc-js';
import { NO_REASON, reasonOf } from './calls.js';

/** Says why ES cannot be reached. */
export interface EsReasons {
  /** Why a call failed; if grpc-js gives no reason, the reason of an earlier call. */
  of(error: Pick<ServiceError, 'details'>): string;
  /** Called when ES was reached: earlier reasons do not count any more. */
  forget(): void;
}

/** The reasons that OpenSSL and grpc-js give if the settings of both sides differ, and what to do about them. */
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

/** The reason that grpc-js gives if no time was left. It hides the real reason. */
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
