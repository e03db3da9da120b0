import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { generateApiKey, hashApiKey } from '../../src/auth/api-keys.js';
import { runWrk } from '../loads/wrk.js';
import { interleave } from '../report/rounds.js';
import type { Section } from '../report/table.js';
import { startOwn } from '../systems/own.js';
import type { Processes } from '../systems/processes.js';
import type { OwnSystem } from '../systems/system.js';
import { SEGMENTS, type Times } from './posts.js';

/** This project with authentication by all its parts, and credentials that it lets in. */
export interface GuardedSystem extends OwnSystem {
  apiKey: string;
  jwt: string;
}

const ISSUER = 'https://login.example';
const AUDIENCE = 'segments';

/** Starts ES for the API key of USS alone, and USS for an API key and for tokens by RS256. */
export async function startGuarded(processes: Processes): Promise<GuardedSystem> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const [apiKey, ussKey] = [generateApiKey(), generateApiKey()];
  const jwt = await new SignJWT({ scope: 'openid profile segments:write segments:read' })
    .setProtectedHeader({ alg: 'RS256', kid: 'bench', typ: 'at+jwt' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject('f3b5c1de-0d2e-4a37-9a55-7d7c1f9f1c44')
    .setExpirationTime('1 day')
    .sign(privateKey);
  const entries = (name: string, key: string) => {
    const scopes = ['segments:write', 'segments:read'];
    return JSON.stringify([{ name, sha256: hashApiKey(key).toString('hex'), scopes }]);
  };
  const env = {
    ES_AUTH_MODE: 'api-key',
    ES_AUTH_API_KEYS: entries('uss', ussKey),
    USS_ES_TOKEN: ussKey,
    USS_AUTH_MODE: 'both',
    USS_AUTH_API_KEYS: entries('bench', apiKey),
    USS_JWT_ISSUER: ISSUER,
    USS_JWT_AUDIENCE: AUDIENCE,
    USS_JWT_PUBLIC_KEY: await exportSPKI(publicKey),
  };
  return { ...(await startOwn(processes, { env })), apiKey, jwt };
}

/** `POST /segment` by a client that shows nothing, an API key, or a token. */
export async function measureAuthentication(
  own: OwnSystem,
  guarded: GuardedSystem,
  connections: number,
  { rounds, seconds }: Times,
): Promise<Section> {
  const post = (url: string, credential?: string) => () =>
    runWrk({
      url: `${url}/segment`,
      what: 'post',
      connections,
      seconds,
      segments: SEGMENTS,
      credential,
    });
  const alternatives = {
    [own.name]: post(own.front),
    'with an API key': post(guarded.front, guarded.apiKey),
    'with a JWT': post(guarded.front, guarded.jwt),
  };
  for (const measure of Object.values(alternatives)) await measure();
  return {
    title: `POST /segment with authentication, ${connections} connections`,
    unit: 'requests/s',
    rows: await interleave(rounds, alternatives),
  };
}
