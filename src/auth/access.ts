import type { Logger } from '../telemetry/logger.js';
import { createApiKeyFinder } from './api-keys.js';
import type { Attempts } from './attempts.js';
import { createGuard, type Guard, openGuard } from './guard.js';
import type { Identity } from './identity.js';
import { createJwtVerifier } from './jwt.js';
import { exposedOf, isLoopback } from './loopback.js';
import { createRefusals } from './refusal.js';
import type { Need } from './scope.js';
import type { AuthConfig } from './settings.js';

/** The access control of a service. */
export interface Access {
  guard: Guard;
  /** The prefix of the variables of the service, such as `ES`. */
  prefix: string;
  /** How clients are identified. */
  mode: AuthConfig['auth']['mode'];
  /** The requirement of `/metrics`. */
  metrics: Need;
  /** The requirement of `/openapi.json` and Swagger UI. */
  docs: Need;
}

export interface AccessOptions {
  /** The prefix of the variables of the service, such as `ES`. */
  prefix: string;
  config: AuthConfig;
  /** The interfaces that the service listens on. */
  hosts: readonly string[];
  /**
   * Limits wrong credentials by address.
   *
   * @default no limit
   */
  attempts?: Attempts | undefined;
  /** The clock, in milliseconds. */
  now: () => number;
  logger: Logger;
}

/** Creates the access control from the configuration. Logs a warning if every client may do everything. */
export function createAccess(options: AccessOptions): Access {
  const { prefix, config, hosts, logger } = options;
  const { mode, metrics, docs } = config.auth;
  if (mode === 'none') {
    const exposed = exposedOf(hosts);
    if (exposed.length > 0) {
      logger.warn(
        `no authentication: whoever reaches ${exposed.join(' or ')} may do everything; set ${prefix}_AUTH_MODE`,
      );
    }
    return { guard: openGuard, prefix, mode, metrics: 'open', docs: 'open' };
  }
  const { jwksUrl } = config.jwt;
  if (jwksUrl.startsWith('http:') && !isLoopback(new URL(jwksUrl).hostname)) {
    logger.warn(`${prefix}_JWT_JWKS_URL is not https: whoever is in between can make tokens`);
  }
  return { guard: createCredentialGuard(options), prefix, mode, metrics, docs };
}

function createCredentialGuard({ prefix, config, attempts, now, logger }: AccessOptions): Guard {
  const { mode, apiKeys } = config.auth;
  const refusals = createRefusals(prefix.toLowerCase());
  const findApiKey = createApiKeyFinder(mode === 'jwt' ? [] : apiKeys);
  const verifyJwt =
    mode === 'api-key' ? undefined : createJwtVerifier(config.jwt, { now, logger, refusals });
  const verify = async (credential: string): Promise<Identity> => {
    const identity = findApiKey(credential);
    if (identity !== undefined) return identity;
    // A JWT has dots, but an API key has no dots.
    if (verifyJwt === undefined || (mode === 'both' && !credential.includes('.'))) {
      throw refusals.invalid('the API key is not known');
    }
    return verifyJwt(credential);
  };
  return createGuard({ verify, refusals, attempts, now });
}
