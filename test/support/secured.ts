import type { Scope } from '../../src/auth/scope.js';
import { startEs } from '../../src/es/service.js';
import type { Route } from '../../src/http/route.js';
import { startUss } from '../../src/uss/service.js';
import { makeApiKey } from './api-key.js';
import { esConfig, startRedis, ussConfig } from './system.js';
import {
  AUDIENCE,
  createSigningKey,
  ISSUER,
  type JwksServer,
  type SigningKey,
  startJwksServer,
} from './tokens.js';

/** ES and USS that ask everybody for API keys or tokens, and USS with a key for ES. */
export interface SecuredSystem {
  urls: { uss: string; es: string };
  ports: { uss: number; es: number };
  /** Every route of REST. */
  routes: { uss: readonly Route[]; es: readonly Route[] };
  /** Address of the gRPC interface. */
  grpc: string;
  /** An API key for each scope, with that scope alone. */
  apiKeys: Record<Scope, string>;
  jwks: JwksServer;
  /** The key that tokens are signed with. */
  signingKey: SigningKey;
  close(): Promise<void>;
}

/** Starts both services with API keys and JWT, and the documentation for readers only, unless told otherwise. */
export async function startSecuredSystem(auth: object = {}): Promise<SecuredSystem> {
  const signingKey = await createSigningKey('first', 'RS256');
  const jwks = await startJwksServer([signingKey]);
  const made = {
    'segments:write': makeApiKey('writer', 'segments:write'),
    'segments:read': makeApiKey('reader', 'segments:read'),
    'segments:admin': makeApiKey('admin', 'segments:admin'),
  };
  const own = makeApiKey('uss', 'segments:write', 'segments:read');
  const entries = Object.values(made).map(({ entry }) => entry);
  const jwt = { issuer: ISSUER, audience: AUDIENCE, jwksUrl: jwks.url, leewayMs: 0 };
  const common = { mode: 'both', docs: 'segments:read', ...auth };

  const redis = await startRedis();
  const es = await startEs(
    esConfig(redis.url, { auth: { ...common, apiKeys: [...entries, own.entry] }, jwt }),
  );
  const uss = await startUss(
    ussConfig(es.grpcPort, {
      auth: { ...common, apiKeys: entries },
      jwt,
      es: { address: `dns:///127.0.0.1:${es.grpcPort}`, token: own.key },
    }),
  );
  await Promise.all([es.ready, uss.ready]);
  return {
    urls: { uss: `http://127.0.0.1:${uss.httpPort}`, es: `http://127.0.0.1:${es.httpPort}` },
    ports: { uss: uss.httpPort, es: es.httpPort },
    routes: { uss: uss.routes, es: es.routes },
    grpc: `127.0.0.1:${es.grpcPort}`,
    apiKeys: {
      'segments:write': made['segments:write'].key,
      'segments:read': made['segments:read'].key,
      'segments:admin': made['segments:admin'].key,
    },
    jwks,
    signingKey,
    async close() {
      await uss.close();
      await es.close();
      await redis.close();
      await jwks.close();
    },
  };
}
