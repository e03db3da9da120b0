import { expect } from 'chai';
import { createAccess } from '../../src/auth/access.js';
import { generateApiKey } from '../../src/auth/api-keys.js';
import type { Identity } from '../../src/auth/identity.js';
import type { Need } from '../../src/auth/scope.js';
import { Failure } from '../../src/domain/failure.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { loadUssConfig } from '../../src/uss/config.js';
import { makeApiKey } from '../support/api-key.js';
import { makeCaller } from '../support/caller.js';
import {
  AUDIENCE,
  claims,
  createSigningKey,
  ISSUER,
  type SigningKey,
  sign,
  signWithText,
} from '../support/tokens.js';

const SECRET = 'a secret of thirty-two bytes, or more';

describe('access', () => {
  const caller = makeCaller();
  const writer = makeApiKey('writer', 'segments:write');
  let clock = Date.now();
  let key: SigningKey;
  before(async () => {
    key = await createSigningKey('only');
  });

  function createGuard(mode: string, jwt: object = { publicKey: key.pem }) {
    const known = {
      auth: { mode, apiKeys: [writer.entry] },
      jwt: { issuer: ISSUER, audience: AUDIENCE, ...jwt },
    };
    const config = loadUssConfig(mode === 'none' ? {} : known);
    const logger = createLogger('test', { level: 'silent', format: 'json' });
    const now = () => clock;
    return createAccess({ prefix: 'USS', config, hosts: [], now, logger }).guard;
  }

  /** Who is let in, or the kind of failure. */
  async function outcome(
    guard: ReturnType<typeof createGuard>,
    credential: string,
    needs: Need = 'segments:write',
  ): Promise<Identity | string> {
    try {
      return await guard(needs, `Bearer ${credential}`, caller);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return error.kind;
    }
  }

  for (const [mode, takesKeys, takesTokens] of [
    ['none', true, true],
    ['api-key', true, false],
    ['jwt', false, true],
    ['both', true, true],
  ] as const) {
    it(`by ${mode} takes ${takesKeys ? '' : 'no '}API keys and ${takesTokens ? '' : 'no '}tokens`, async () => {
      const guard = createGuard(mode);
      const kind = (takes: boolean) => (takes ? 'object' : 'string');
      expect(await outcome(guard, writer.key)).to.be.a(kind(takesKeys));
      expect(await outcome(guard, await sign(key))).to.be.a(kind(takesTokens));
      expect(await outcome(guard, generateApiKey())).to.be.a(kind(mode === 'none'));
    });
  }

  it('tells who it is, and until when', async () => {
    const guard = createGuard('both', { publicKey: key.pem, leewayMs: 7_000 });
    expect(await outcome(guard, writer.key)).to.deep.equal({
      name: 'key:writer',
      scopes: new Set(['segments:write']),
      expiresAt: Number.POSITIVE_INFINITY,
    });
    const token = claims({ sub: 'someone', scope: 'a segments:write', scp: ['segments:read', 7] });
    expect(await outcome(guard, await sign(key, token))).to.deep.equal({
      name: `token:${ISSUER} someone`,
      scopes: new Set(['segments:write', 'segments:read']),
      expiresAt: Number(token.exp) * 1_000 + 7_000,
    });
  });

  it('answers at once for a credential it knows, by whatever need', async () => {
    const guard = createGuard('both');
    const token = `Bearer ${await sign(key)}`;
    for (const authorization of [token, `Bearer ${writer.key}`]) {
      expect(guard('segments:write', authorization, caller)).to.be.instanceOf(Promise);
      await guard('segments:write', authorization, caller);
      expect(guard('segments:write', authorization, caller)).not.to.be.instanceOf(Promise);
      expect(guard('authenticated', authorization, caller)).not.to.be.instanceOf(Promise);
    }
    expect(() => guard('segments:read', `Bearer ${writer.key}`, caller)).to.throw(/segments:read/);
  });

  it('takes nothing for a known credential that only ends like it', async () => {
    const guard = createGuard('both');
    const token = await sign(key, claims({ scope: 'segments:write' }));
    expect(await outcome(guard, token)).to.be.an('object');
    const [head, , signature] = token.split('.');
    const payload = Buffer.from(JSON.stringify(claims())).toString('base64url');
    const forged = [head, payload, signature].join('.');
    expect(await outcome(guard, forged, 'segments:admin')).to.equal('unauthenticated');
    expect(await outcome(guard, `x${writer.key}`)).to.equal('unauthenticated');
  });

  it('takes a token up to its expiry and the leeway, known or not', async () => {
    const expires = Math.floor(Date.now() / 1_000) + 30;
    const known = await sign(key, claims({ exp: expires }));
    const guard = createGuard('jwt', { publicKey: key.pem, leewayMs: 2_000 });
    expect(await outcome(guard, known)).to.be.an('object');
    clock = expires * 1_000 + 1_999;
    expect(await outcome(guard, known)).to.be.an('object');
    expect(await outcome(guard, await sign(key, claims({ exp: expires, jti: 'x' })))).to.be.an(
      'object',
    );
    clock = expires * 1_000 + 2_000;
    expect(await outcome(guard, known)).to.equal('unauthenticated');
    clock = Date.now();
  });

  for (const algorithm of ['RS256', 'ES256', 'EdDSA']) {
    it(`takes ${algorithm} with such a public key, and HS256 never`, async () => {
      const own = await createSigningKey('own', algorithm);
      const guard = createGuard('jwt', { publicKey: own.pem });
      expect(await outcome(guard, await sign(own))).to.be.an('object');
      expect(await outcome(guard, await signWithText(own.pem))).to.equal('unauthenticated');
      expect(await outcome(guard, await signWithText(own.pem.trim()))).to.equal('unauthenticated');
      const other = await createSigningKey('own', algorithm === 'ES256' ? 'RS256' : 'ES256');
      expect(await outcome(guard, await sign(other))).to.equal('unauthenticated');
    });
  }

  for (const typ of ['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'application/jwt']) {
    it(`takes a token of the type ${typ}`, async () => {
      const guard = createGuard('jwt');
      expect(await outcome(guard, await sign(key, claims(), { typ }))).to.be.an('object');
    });
  }

  for (const typ of [
    'dpop+jwt',
    'logout+jwt',
    'secevent+jwt',
    'token-introspection+jwt',
    'kb+jwt',
    'JWE',
    'JOSE',
    '',
    ' jwt',
    'jwt ',
    'at+jwt+x',
    'application/',
    'application/dpop+jwt',
    'application/x/jwt',
    'text/jwt',
    'application/application/jwt',
    7,
    true,
    null,
    ['JWT'],
    { typ: 'JWT' },
  ]) {
    it(`takes no token of the type ${JSON.stringify(typ)}`, async () => {
      const guard = createGuard('jwt');
      const token = await sign(key, claims(), { typ });
      expect(await outcome(guard, token)).to.equal('unauthenticated');
    });
  }

  for (const sub of [7, true, null, ['r'], { r: 1 }]) {
    it(`takes no token of the subject ${JSON.stringify(sub)}`, async () => {
      const guard = createGuard('jwt');
      expect(await outcome(guard, await sign(key, claims({ sub })))).to.equal('unauthenticated');
    });
  }

  it('tells a token from the API key whose name it has for its subject', async () => {
    const guard = createGuard('both');
    const token = await sign(key, claims({ sub: 'writer', scope: 'segments:write' }));
    const [first, second] = [await outcome(guard, writer.key), await outcome(guard, token)];
    expect((first as Identity).name).not.to.equal((second as Identity).name);
  });

  it('takes HS256 with a secret, and nothing else', async () => {
    const guard = createGuard('jwt', { secret: SECRET });
    expect(await outcome(guard, await signWithText(SECRET))).to.be.an('object');
    expect(await outcome(guard, await signWithText(`${SECRET}!`))).to.equal('unauthenticated');
    expect(await outcome(guard, await sign(key))).to.equal('unauthenticated');
  });
});
