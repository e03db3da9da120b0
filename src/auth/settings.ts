import convict from 'convict';
import { choice, duration, text, wholeNumber } from '../config/config.js';
import { StartError } from '../process/lifecycle.js';
import { type ApiKeyEntry, parseApiKeys } from './api-keys.js';
import { type JwtOptions, parsePublicKey } from './jwt.js';
import { NEEDS, type Need } from './scope.js';

const AUTH_MODES = ['none', 'api-key', 'jwt', 'both'] as const;

/** The settings of access control. */
export interface AuthConfig {
  auth: {
    mode: (typeof AUTH_MODES)[number];
    apiKeys: ApiKeyEntry[];
    metrics: Need;
    docs: Need;
  };
  jwt: JwtOptions;
}

/** The minimum length of a secret for HS256, in bytes: the length of its hash (RFC 7518, section 3.2). */
const MIN_SECRET_BYTES = 32;

convict.addFormat({
  name: 'api-keys',
  validate: (value: unknown) => {
    parseApiKeys(value);
  },
  // A wrong value is not changed: `validate` says what is wrong.
  coerce: (value: unknown) => {
    try {
      return parseApiKeys(value);
    } catch {
      return value;
    }
  },
});
convict.addFormat({
  name: 'jwks-url',
  validate: (value: unknown) => {
    if (value !== '' && !(/^https?:\/\/./.test(String(value)) && URL.canParse(String(value)))) {
      throw new Error('must be a URL such as https://login.example/.well-known/jwks.json');
    }
  },
});
convict.addFormat({
  name: 'public-key',
  validate: (value: unknown) => {
    try {
      if (value !== '') parsePublicKey(String(value));
    } catch {
      throw new Error(
        'must be PEM of a public key, RSA of 2048 bits or more, P-256 or Ed25519, with its line breaks: a variable with _FILE at its end takes its file',
      );
    }
  },
});
convict.addFormat({
  name: 'jwt-secret',
  validate: (value: unknown) => {
    const isSecret = typeof value === 'string' && Buffer.byteLength(value) >= MIN_SECRET_BYTES;
    if (value !== '' && !isSecret) {
      throw new Error(`must be a text of at least ${MIN_SECRET_BYTES} bytes`);
    }
  },
});

/** The schema of these settings. */
export function authSchema(prefix: string) {
  return {
    auth: {
      mode: choice(
        'What clients are identified by: none (anybody may do anything), api-key, jwt, or both.',
        `${prefix}_AUTH_MODE`,
        'none',
        AUTH_MODES,
      ),
      apiKeys: {
        doc: 'The API keys: a list of { name, sha256, scopes }, as `npm run api-key` makes it.',
        format: 'api-keys',
        default: [] as ApiKeyEntry[],
        env: `${prefix}_AUTH_API_KEYS`,
        sensitive: true,
      },
      metrics: choice(
        'What /metrics asks for, unless the mode is none.',
        `${prefix}_AUTH_METRICS`,
        'segments:admin',
        NEEDS,
      ),
      docs: choice(
        'What /openapi.json and Swagger UI ask for, unless the mode is none.',
        `${prefix}_AUTH_DOCS`,
        'open',
        NEEDS,
      ),
    },
    jwt: jwtSchema(prefix),
  };
}

function jwtSchema(prefix: string) {
  return {
    issuer: {
      ...text('What iss has to be.', `${prefix}_JWT_ISSUER`, ''),
      format: String,
    },
    audience: {
      ...text('What aud has to be, or to have.', `${prefix}_JWT_AUDIENCE`, ''),
      format: String,
    },
    jwksUrl: text('Where the public keys are.', `${prefix}_JWT_JWKS_URL`, '', 'jwks-url'),
    publicKey: {
      ...text('A public key, as PEM.', `${prefix}_JWT_PUBLIC_KEY`, '', 'public-key'),
      // This is not a secret, but it is too long for a line, and best kept in a file.
      sensitive: true,
    },
    secret: {
      ...text('A secret for HS256.', `${prefix}_JWT_SECRET`, '', 'jwt-secret'),
      sensitive: true,
    },
    leewayMs: wholeNumber(
      'How far the clocks of issuer and service may be apart.',
      `${prefix}_JWT_LEEWAY_MS`,
      5_000,
      [0, 300_000],
    ),
    jwksMaxAgeMs: duration(
      'How long fetched keys are used.',
      `${prefix}_JWT_JWKS_MAX_AGE_MS`,
      600_000,
    ),
    jwksCooldownMs: wholeNumber(
      'How long after fetching keys a token with an unknown one does not make them be fetched again.',
      `${prefix}_JWT_JWKS_COOLDOWN_MS`,
      30_000,
      [0, 3_600_000],
    ),
  };
}

/**
 * Checks the settings that depend on each other.
 *
 * @throws StartError that names settings that are missing or exclude each other
 */
export function checkAuthConfig(prefix: string, { auth, jwt }: AuthConfig): void {
  const complaints: string[] = [];
  const { mode } = auth;
  if ((mode === 'api-key' || mode === 'both') && auth.apiKeys.length === 0) {
    complaints.push(`${prefix}_AUTH_API_KEYS (auth.apiKeys): must have a key`);
  }
  if (mode === 'jwt' || mode === 'both') {
    if (jwt.issuer === '') complaints.push(`${prefix}_JWT_ISSUER (jwt.issuer): must be set`);
    if (jwt.audience === '') complaints.push(`${prefix}_JWT_AUDIENCE (jwt.audience): must be set`);
    const keys = [jwt.jwksUrl, jwt.publicKey, jwt.secret].filter((key) => key !== '');
    if (keys.length !== 1) {
      const names = ['JWKS_URL', 'PUBLIC_KEY', 'SECRET'].map((name) => `${prefix}_JWT_${name}`);
      complaints.push(`of ${names.join(', ')} one must be set, not ${keys.length}`);
    }
  }
  if (complaints.length === 0) return;
  throw new StartError(
    `bad configuration: ${complaints.join('; ')}; while ${prefix}_AUTH_MODE is ${mode}`,
  );
}
