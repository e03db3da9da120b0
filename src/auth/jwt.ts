import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { Failure } from '../domain/failure.js';
import { messageOf } from '../telemetry/describe-error.js';
import type { Logger } from '../telemetry/logger.js';
import type { Identity } from './identity.js';
import type { Refusals } from './refusal.js';
import { isScope } from './scope.js';

export interface JwtOptions {
  /** The required `iss`. */
  issuer: string;
  /** The required `aud`, or one of several. */
  audience: string;
  /** The URL of the public keys, a JWKS. Exactly one of `jwksUrl`, `publicKey` and `secret` is not empty. */
  jwksUrl: string;
  /** A public key, in PEM. */
  publicKey: string;
  /** A secret for HS256. */
  secret: string;
  /** How far the clocks of issuer and service may differ, in milliseconds. */
  leewayMs: number;
  /** How long fetched keys are used, in milliseconds. */
  jwksMaxAgeMs: number;
  /** How long after a fetch of keys a token with an unknown key triggers no other fetch, in milliseconds. */
  jwksCooldownMs: number;
}

/** The algorithm of each kind of public key. No other algorithm is accepted, even if the header of a token names one. */
const ALGORITHMS: Record<string, string> = { rsa: 'RS256', ec: 'ES256', ed25519: 'EdDSA' };

/**
 * Verifies JSON Web Tokens (RFC 7519): signature, issuer, audience, expiry (which is required) and not-before. Only the
 * configured key determines the algorithm, so a token can choose neither `none` nor HS256 with a public key as its secret
 * (RFC 8725, section 3.1). A token of another type, such as a proof of possession or a logout, is refused (RFC 8725,
 * section 3.11).
 *
 * @param now the clock, in milliseconds
 * @returns a function that verifies a token, and throws Failure `unauthenticated`, or `unavailable` if its key cannot be
 *   fetched
 */
export function createJwtVerifier(
  options: JwtOptions,
  { now, logger, refusals }: { now: () => number; logger: Logger; refusals: Refusals },
): (token: string) => Promise<Identity> {
  const { issuer, audience, leewayMs } = options;
  const { getKey, algorithms } = createKeySource(options, logger);
  return async (token) => {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, getKey, {
        issuer,
        audience,
        algorithms,
        requiredClaims: ['exp'],
        clockTolerance: leewayMs / 1_000,
        currentDate: new Date(now()),
      });
      checkType(protectedHeader.typ);
      return toIdentity(payload, leewayMs);
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw refusals.invalid(reasonOf(error), error);
    }
  };
}

function createKeySource(
  { jwksUrl, publicKey, secret, jwksMaxAgeMs, jwksCooldownMs }: JwtOptions,
  logger: Logger,
): { getKey: JWTVerifyGetKey; algorithms: string[] } {
  if (jwksUrl !== '') {
    const jwks = createRemoteJWKSet(new URL(jwksUrl), {
      cacheMaxAge: jwksMaxAgeMs,
      cooldownDuration: jwksCooldownMs,
    });
    return {
      getKey: orUnavailable(jwks, new URL(jwksUrl).host, logger),
      algorithms: Object.values(ALGORITHMS),
    };
  }
  const key = secret === '' ? parsePublicKey(publicKey) : createSecretKey(secret, 'utf8');
  const algorithm = secret === '' ? ALGORITHMS[key.asymmetricKeyType ?? ''] : 'HS256';
  return { getKey: async () => key, algorithms: algorithm === undefined ? [] : [algorithm] };
}

/** @throws Error if the PEM is not a public key for one of the algorithms */
export function parsePublicKey(pem: string): KeyObject {
  // Node.js would use the public half of a private key, but a service that only verifies tokens must not be able to make them.
  if (pem.includes('PRIVATE KEY')) throw new Error('a private key');
  const key = createPublicKey(pem);
  const { namedCurve, modulusLength = 2048 } = key.asymmetricKeyDetails ?? {};
  const fits = (namedCurve ?? 'prime256v1') === 'prime256v1' && modulusLength >= 2048;
  if (!fits || ALGORITHMS[key.asymmetricKeyType ?? ''] === undefined) {
    throw new Error('neither RSA of 2048 bits or more, nor P-256, nor Ed25519');
  }
  return key;
}

/** Turns an error into `unavailable` if keys cannot be fetched. A token with an unknown key is the client's fault. */
function orUnavailable(jwks: JWTVerifyGetKey, host: string, logger: Logger): JWTVerifyGetKey {
  let isAway = false;
  return async (header, token) => {
    try {
      const key = await jwks(header, token);
      isAway = false;
      return key;
    } catch (error) {
      if (
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported
      ) {
        throw error;
      }
      const cause = innermost(error);
      if (!isAway)
        logger.warn(`the keys of tokens cannot be fetched from ${host}: ${messageOf(cause)}`);
      isAway = true;
      throw new Failure('unavailable', 'the token cannot be checked now; try again', { cause });
    }
  };
}

/**
 * The innermost cause, because fetch itself only says that it failed. If several addresses failed, the error of the first
 * one.
 */
function innermost(error: unknown): unknown {
  const { cause, errors: each } = error as { cause?: unknown; errors?: unknown[] };
  const inner = cause ?? each?.[0];
  return inner instanceof Error ? innermost(inner) : error;
}

/** The type of a general JWT (RFC 7519, section 5.1), or of an access token (RFC 9068, section 2.1). */
const TYPE = /^(?:application\/)?(?:at\+)?jwt$/i;

/** @throws Error if the type of a token is not accepted; most tokens have no type */
function checkType(typ: unknown): void {
  if (typ === undefined || (typeof typ === 'string' && TYPE.test(typ))) return;
  throw new errors.JWTClaimValidationFailed('the type is another', {}, 'typ');
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `the token has no ${error.claim} that is accepted here`;
  }
  return 'the token is not valid';
}

function toIdentity(payload: JWTPayload, leewayMs: number): Identity {
  const { iss, sub = '' } = payload;
  // The TypeScript type is `string`, but a token may have any JSON there.
  if (typeof sub !== 'string') {
    throw new errors.JWTClaimValidationFailed('sub is no text', payload, 'sub');
  }
  return {
    name: `token:${iss} ${sub}`,
    scopes: new Set([...scopesOf(payload.scope), ...scopesOf(payload.scp)].filter(isScope)),
    expiresAt: Number(payload.exp) * 1_000 + leewayMs,
  };
}

/** Scopes from a text with spaces (RFC 8693, section 4.2), or from an array. */
function scopesOf(claim: unknown): unknown[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim : [];
}
