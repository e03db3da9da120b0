import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';

export const ISSUER = 'https://login.example';
export const AUDIENCE = 'segments';

/** A key of an issuer of tokens. */
export interface SigningKey {
  id: string;
  algorithm: string;
  privateKey: CryptoKey;
  /** The public key, as PEM. */
  pem: string;
  jwk: JWK;
}

export async function createSigningKey(id: string, algorithm = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: id, alg: algorithm, use: 'sig' };
  return { id, algorithm, privateKey, pem: await exportSPKI(publicKey), jwk };
}

/** What every token says unless it is told otherwise: valid for an hour, all scopes. */
export function claims(more: object = {}): JWTPayload {
  const seconds = Math.floor(Date.now() / 1_000);
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'somebody',
    exp: seconds + 3_600,
    scope: 'openid segments:write segments:read segments:admin',
    ...more,
  };
}

/** @param header more of its header, or other than usual */
export function sign(
  { id, algorithm, privateKey }: SigningKey,
  payload = claims(),
  header: object = {},
) {
  return new SignJWT(payload)
    .setProtectedHeader({ alg: algorithm, kid: id, ...header })
    .sign(privateKey);
}

/** A token that nobody signed. */
export function unsigned(payload = claims()): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(payload)}.`;
}

/** A token that has a text, such as a public key, for the secret of HS256. */
export function signWithText(text: string, payload = claims(), id = 'none'): Promise<string> {
  const header = { alg: 'HS256', kid: id };
  return new SignJWT(payload).setProtectedHeader(header).sign(new TextEncoder().encode(text));
}

/** A server with the public keys of an issuer. */
export interface JwksServer {
  url: string;
  /** What it shows; nothing but 503 while undefined. */
  keys: SigningKey[] | undefined;
  /** How often it was asked. */
  readonly requests: number;
  close(): Promise<void>;
}

export async function startJwksServer(keys: SigningKey[]): Promise<JwksServer> {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.statusCode = jwks.keys === undefined ? 503 : 200;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: jwks.keys?.map(({ jwk }) => jwk) }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const jwks: JwksServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    keys,
    get requests() {
      return requests;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return jwks;
}
