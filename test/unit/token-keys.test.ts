import { expect } from 'chai';
import { createJwtVerifier, parsePublicKey } from '../../src/auth/jwt.js';
import { createRefusals } from '../../src/auth/refusal.js';
import { toFailure } from '../../src/domain/failure.js';
import type { Logger } from '../../src/telemetry/logger.js';
import { AUDIENCE, createSigningKey, ISSUER, type SigningKey, sign } from '../support/tokens.js';

const { fetch } = globalThis;

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
    const options = {
      issuer: ISSUER,
      audience: AUDIENCE,
      jwksUrl: 'https://login.example/keys',
      publicKey: '',
      secret: '',
      leewayMs: 0,
      jwksMaxAgeMs: 0,
      jwksCooldownMs: 0,
    };
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

describe('A public key', () => {
  it('is refused where it is private, or of a kind that is too weak', async () => {
    const { pem } = await createSigningKey('known');
    expect(parsePublicKey(pem).asymmetricKeyType).to.equal('ec');
    expect(() => parsePublicKey('-----BEGIN PRIVATE KEY-----')).to.throw(/^a private key$/);
    const { pem: other } = await createSigningKey('other', 'ES384');
    expect(() => parsePublicKey(other)).to.throw(/^neither RSA of 2048 bits or more, nor P-256/);
  });
});
