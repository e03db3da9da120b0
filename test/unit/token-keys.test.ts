import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import { createJwtVerifier, parsePublicKey } from '../../src/auth/jwt.js';
import { createRefusals } from '../../src/auth/refusal.js';
import { toFailure } from '../../src/domain/failure.js';
import type { Logger } from '../../src/telemetry/logger.js';
import {
  AUDIENCE,
  claims,
  createSigningKey,
  ISSUER,
  type SigningKey,
  sign,
  signWithText,
} from '../support/tokens.js';

const { fetch } = globalThis;
const OPTIONS = {
  issuer: ISSUER,
  audience: AUDIENCE,
  jwksUrl: '',
  publicKey: '',
  secret: '',
  leewayMs: 0,
  jwksMaxAgeMs: 0,
  jwksCooldownMs: 0,
};

describe('The keys of tokens that are fetched', () => {
  let keys: SigningKey[] | undefined;
  let requests: number;
  let warnings: string[];
  let verify: ReturnType<typeof createJwtVerifier>;

  beforeEach(() => {
    requests = 0;
    warnings = [];
    globalThis.fetch = async () => {
      requests += 1;
      if (keys === undefined) {
        throw new TypeError('fetch failed', { cause: new AggregateError([new Error('refused')]) });
      }
      return Response.json({ keys: keys.map(({ jwk }) => jwk) });
    };
    const options = { ...OPTIONS, jwksUrl: 'https://login.example/keys' };
    const logger = { warn: (text: string) => warnings.push(text) } as unknown as Logger;
    verify = createJwtVerifier(options, { now: Date.now, logger, refusals: createRefusals('es') });
  });
  afterEach(() => {
    globalThis.fetch = fetch;
  });

  const kindOf = async (token: string) => {
    try {
      return (await verify(token)).name;
    } catch (error) {
      const { kind, message } = toFailure(error);
      return `${kind}: ${message}`;
    }
  };
  const NAME = `token:${ISSUER} somebody`;
  const AWAY = 'unavailable: the token cannot be checked now; try again';
  const WARNING = 'the keys of tokens cannot be fetched from login.example: refused';

  it('are those of the issuer, and a token with another one is not valid', async () => {
    const [known, other] = [await createSigningKey('known'), await createSigningKey('other')];
    keys = [known];
    expect(await kindOf(await sign(known))).to.equal(NAME);
    expect(await kindOf(await sign(other))).to.equal('unauthenticated: the token is not valid');
    keys = [known, { ...other, jwk: { ...other.jwk, kid: 'known' } }];
    expect(await kindOf(await sign(known))).to.equal('unauthenticated: the token is not valid');
    expect(warnings).to.deep.equal([]);
    expect(requests).to.be.greaterThan(1);
  });

  it('are away until they can be fetched again, and a warning says so once each time', async () => {
    const key = await createSigningKey('known');
    const token = await sign(key);
    keys = undefined;
    expect([await kindOf(token), await kindOf(token)]).to.deep.equal([AWAY, AWAY]);
    expect(warnings).to.deep.equal([WARNING]);
    keys = [key];
    expect(await kindOf(token)).to.equal(NAME);
    keys = undefined;
    expect(await kindOf(token)).to.equal(AWAY);
    expect(warnings).to.deep.equal([WARNING, WARNING]);
  });
});

describe('A token that is signed with a secret', () => {
  const SECRET = 'a secret of 32 bytes, or even more';
  const verify = createJwtVerifier(
    { ...OPTIONS, secret: SECRET, leewayMs: 2_000 },
    { now: Date.now, logger: {} as Logger, refusals: createRefusals('es') },
  );

  it('says who its client is, what it may do, and until when', async () => {
    const payload = claims({ scope: 'openid segments:read', scp: ['segments:write', 7] });
    expect(await verify(await signWithText(SECRET, payload))).to.deep.equal({
      name: `token:${ISSUER} somebody`,
      scopes: new Set(['segments:read', 'segments:write']),
      expiresAt: Number(payload.exp) * 1_000 + 2_000,
    });
    const nobody = claims({ scope: undefined, sub: undefined });
    const { name, scopes } = await verify(await signWithText(SECRET, nobody));
    expect([name, scopes.size]).to.deep.equal([`token:${ISSUER} `, 0]);
  });

  it('is refused where it never expires, or has another signature', async () => {
    for (const [text, payload, message] of [
      [SECRET, claims({ exp: undefined }), 'the token has no exp that is accepted here'],
      [SECRET, claims({ sub: 7 }), 'the token has no sub that is accepted here'],
      [`${SECRET}!`, claims(), 'the token is not valid'],
    ] as const) {
      const failure = await verify(await signWithText(text, payload)).then(
        () => expect.fail('let in'),
        toFailure,
      );
      expect([failure.kind, failure.message]).to.deep.equal(['unauthenticated', message]);
    }
  });
});

describe('A public key', () => {
  it('is refused where it is private, or of a kind that is too weak', async () => {
    const { pem } = await createSigningKey('known');
    expect(parsePublicKey(pem).asymmetricKeyType).to.equal('ec');
    expect(() => parsePublicKey('-----BEGIN PRIVATE KEY-----')).to.throw(/^a private key$/);
    const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
    for (const { publicKey } of [
      generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
      generateKeyPairSync('rsa', { modulusLength: 1_024 }),
      generateKeyPairSync('x25519'),
    ]) {
      expect(() => parsePublicKey(pemOf(publicKey))).to.throw(
        'neither RSA of 2048 bits or more, nor P-256, nor Ed25519',
      );
    }
  });
});
