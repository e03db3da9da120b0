import { expect } from 'chai';
import { createAccess } from '../../src/auth/access.js';
import { generateApiKey, parseApiKeys } from '../../src/auth/api-keys.js';
import { createRefusals } from '../../src/auth/refusal.js';
import { toFailure } from '../../src/domain/failure.js';
import type { Logger } from '../../src/telemetry/logger.js';
import { loadUssConfig } from '../../src/uss/config.js';
import { makeApiKey } from '../support/api-key.js';
import { makeCaller } from '../support/caller.js';
import { AUDIENCE, claims, createSigningKey, ISSUER, sign } from '../support/tokens.js';

/** A logger that keeps its warnings. */
function createWarnings(): { logger: Logger; warnings: string[] } {
  const warnings: string[] = [];
  const logger = { warn: (text: string) => warnings.push(text) } as unknown as Logger;
  return { logger, warnings };
}

function accessOf(known: object, hosts: string[] = []) {
  const { logger, warnings } = createWarnings();
  const options = { prefix: 'USS', config: loadUssConfig(known), hosts, now: Date.now, logger };
  return { access: createAccess(options), warnings };
}

describe('A refusal of a client', () => {
  const refusals = createRefusals('uss');
  const parts = (failure: ReturnType<typeof toFailure>) => [
    failure.kind,
    failure.message,
    failure.options.headers?.['www-authenticate'],
  ];

  it('has the challenge of RFC 6750, and says what is wrong', () => {
    expect(parts(refusals.missing())).to.deep.equal([
      'unauthenticated',
      'a credential is missing; send Authorization: Bearer …',
      'Bearer realm="uss"',
    ]);
    const cause = new Error('inside');
    expect(refusals.invalid('the token has expired', cause).cause).to.equal(cause);
    expect(parts(refusals.invalid('the token has expired'))).to.deep.equal([
      'unauthenticated',
      'the token has expired',
      'Bearer realm="uss", error="invalid_token", error_description="the token has expired"',
    ]);
    expect(parts(refusals.forbidden('segments:read'))).to.deep.equal([
      'forbidden',
      'the credential lacks the scope segments:read',
      'Bearer realm="uss", error="insufficient_scope", scope="segments:read"',
    ]);
  });
});

describe('Access that is open', () => {
  it('is warned of where it can be reached from elsewhere', () => {
    const { access, warnings } = accessOf({}, ['127.0.0.1', '0.0.0.0', '::1', '192.0.2.1']);
    expect(warnings).to.deep.equal([
      'no authentication: whoever reaches 0.0.0.0 or 192.0.2.1 may do everything; set USS_AUTH_MODE',
    ]);
    expect([access.mode, access.metrics, access.docs]).to.deep.equal(['none', 'open', 'open']);
  });

  it('is warned of nowhere else', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost']) {
      expect(accessOf({}, [host]).warnings, host).to.deep.equal([]);
    }
    for (const host of ['1.127.0.1', '::', '2001:db8::1', 'localhost.example']) {
      expect(accessOf({}, [host]).warnings, host).to.have.length(1);
    }
  });
});

describe('Keys of tokens from elsewhere', () => {
  const jwt = { issuer: ISSUER, audience: AUDIENCE };
  const warningsOf = (jwksUrl: string) =>
    accessOf({ auth: { mode: 'jwt' }, jwt: { ...jwt, jwksUrl } }).warnings;

  it('are warned of where others could send them', () => {
    expect(warningsOf('http://login.example/keys')).to.deep.equal([
      'USS_JWT_JWKS_URL is not https: whoever is in between can make tokens',
    ]);
    for (const url of ['https://login.example/http:', 'http://localhost/a', 'http://[::1]:1/a']) {
      expect(warningsOf(url), url).to.deep.equal([]);
    }
  });
});

describe('A credential that does not let in', () => {
  const caller = makeCaller();

  it('is refused with the reason', async () => {
    const key = await createSigningKey('only');
    const jwt = { issuer: ISSUER, audience: AUDIENCE, publicKey: key.pem };
    const apiKeys = [makeApiKey('writer', 'segments:write').entry];
    const seconds = Math.floor(Date.now() / 1_000);
    const wordsOf = async (mode: string, credential: string) => {
      const { guard } = accessOf({ auth: { mode, apiKeys }, jwt }).access;
      const refused = async () => guard('segments:write', `Bearer ${credential}`, caller);
      return refused().then(
        () => 'let in',
        (thrown) => toFailure(thrown).message,
      );
    };
    for (const mode of ['api-key', 'both']) {
      expect(await wordsOf(mode, generateApiKey())).to.equal('the API key is not known');
    }
    for (const mode of ['jwt', 'both']) {
      expect(await wordsOf(mode, 'a.b.c')).to.equal('the token is not valid');
    }
    expect(await wordsOf('jwt', 'neither')).to.equal('the token is not valid');
    for (const [more, header, words] of [
      [{ exp: seconds - 3_600 }, {}, 'the token has expired'],
      [{ iss: 'another' }, {}, 'the token has no iss that is accepted here'],
      [{ aud: 'another' }, {}, 'the token has no aud that is accepted here'],
      [{ sub: 7 }, {}, 'the token has no sub that is accepted here'],
      [{}, { typ: 'logout+jwt' }, 'the token has no typ that is accepted here'],
    ] as const) {
      expect(await wordsOf('jwt', await sign(key, claims(more), header))).to.equal(words);
    }
    for (const typ of ['JWT', 'at+jwt', 'application/at+JWT']) {
      expect(await wordsOf('jwt', await sign(key, claims(), { typ })), typ).to.equal('let in');
    }
  });
});

describe('A list of API keys', () => {
  const sha256 = 'ab'.repeat(32);
  const entry = { name: 'a', sha256, scopes: ['segments:read'] };

  it('is taken as a list, as YAML and as JSON, hashes in any case', () => {
    const upper = { ...entry, sha256: sha256.toUpperCase() };
    for (const list of [
      [entry],
      [upper],
      JSON.stringify([upper]),
      `[{name: a, sha256: ${sha256}, scopes: [segments:read]}]`,
    ]) {
      expect(parseApiKeys(list)).to.deep.equal([entry]);
    }
    expect(parseApiKeys([])).to.deep.equal([]);
  });

  for (const [what, list, words] of [
    ['no list', { a: 1 }, 'must be a list of { name, sha256, scopes }'],
    ['an entry that is a text', ['a'], 'entry 1'],
    ['an entry that is null', [entry, null], 'entry 2'],
    ['another field', [{ ...entry, key: 'k' }], 'entry 1 (a) must have no key'],
    ['no name', [{ ...entry, name: undefined }], 'entry 1'],
    ['a name with a blank', [{ ...entry, name: 'a b' }], 'entry 1'],
    ['an empty name', [{ ...entry, name: '' }], 'entry 1'],
    ['a name of 65 letters', [{ ...entry, name: 'a'.repeat(65) }], 'entry 1'],
    ['a hash that is short', [{ ...entry, sha256: sha256.slice(1) }], 'entry 1 (a)'],
    ['a hash that is long', [{ ...entry, sha256: `0${sha256}` }], 'entry 1 (a)'],
    ['a hash with more behind', [{ ...entry, sha256: `${sha256}0` }], 'entry 1 (a)'],
    ['a hash that is no text', [{ ...entry, sha256: [sha256] }], 'entry 1 (a)'],
    ['scopes that are no list', [{ ...entry, scopes: 'segments:read' }], 'entry 1 (a)'],
    ['no scopes', [{ ...entry, scopes: [] }], 'entry 1 (a)'],
    ['a scope that is not known', [{ ...entry, scopes: ['segments:read', 'all'] }], 'entry 1 (a)'],
    [
      'a name twice',
      [entry, { ...entry, sha256: 'cd'.repeat(32) }],
      'entry 2 (a) has the name or the hash of',
    ],
    ['a hash twice', [entry, { ...entry, name: 'b' }], 'entry 2 (b) has the name or the hash of'],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(() => parseApiKeys(list)).to.throw(words);
    });
  }

  it('may have names of up to 64 letters, digits, dots, dashes and underscores', () => {
    const name = 'aZ0._-'.padEnd(64, 'x');
    expect(parseApiKeys([{ ...entry, name }])[0]?.name).to.equal(name);
  });

  it('has keys that programs find, and no two the same', () => {
    expect(generateApiKey()).to.match(/^seg_[\w-]{43}$/);
    expect(generateApiKey()).not.to.equal(generateApiKey());
  });
});
