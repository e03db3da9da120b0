import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadEsConfig } from '../../src/es/config.js';
import { StartError } from '../../src/process/lifecycle.js';
import { loadUssConfig } from '../../src/uss/config.js';
import { makeApiKey } from '../support/api-key.js';
import { createSigningKey } from '../support/tokens.js';

const importer = makeApiKey('importer', 'segments:write');
const other = makeApiKey('other', 'segments:read');
const { entry } = importer;

describe('configuration of access', () => {
  let directory: string;
  const environment = process.env;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'auth-config-test-'));
    process.env = { ...environment };
  });
  afterEach(() => {
    process.env = environment;
    rmSync(directory, { recursive: true });
  });

  function file(text: string): string {
    const path = join(directory, 'file');
    writeFileSync(path, text);
    return path;
  }

  function complaint(env: Record<string, string>): string {
    Object.assign(process.env, env);
    try {
      loadUssConfig();
    } catch (error) {
      expect(error).to.be.instanceOf(StartError);
      expect((error as Error).message).not.to.contain('\n');
      return (error as Error).message;
    }
    throw new Error('the configuration was accepted');
  }

  it('takes API keys from the file', () => {
    process.env.ES_CONFIG = file(
      `auth:\n  mode: api-key\n  apiKeys:\n    - { name: 'importer', sha256: '${entry.sha256}', scopes: [segments:write] }\n`,
    );
    expect(loadEsConfig().auth.apiKeys).to.deep.equal([entry]);
  });

  it('takes API keys from the environment, as JSON or YAML, or from a file it names', () => {
    process.env.USS_AUTH_MODE = 'api-key';
    process.env.USS_AUTH_API_KEYS = JSON.stringify([entry, other.entry]);
    expect(loadUssConfig().auth.apiKeys).to.deep.equal([entry, other.entry]);
    process.env.USS_AUTH_API_KEYS = `[{ name: importer, sha256: ${entry.sha256}, scopes: [segments:write] }]`;
    expect(loadUssConfig().auth.apiKeys).to.deep.equal([entry]);
    process.env.USS_AUTH_API_KEYS = '';
    process.env.USS_AUTH_API_KEYS_FILE = file(
      `- name: importer\n  sha256: ${entry.sha256}\n  scopes: [segments:write]\n`,
    );
    expect(loadUssConfig().auth.apiKeys).to.deep.equal([entry]);
  });

  const good = { name: 'good', sha256: other.entry.sha256, scopes: ['segments:read'] };
  for (const [what, entries, reason] of [
    ['no list', {}, /must be a list of/],
    ['no YAML', '[', /must be YAML or JSON of a list/],
    ['a text', [good, 'key'], /entry 2 must be \{ name, sha256, scopes \}/],
    ['no name', [{ ...entry, name: undefined }], /entry 1: name must be 1 to 64/],
    ['a bad name', [{ ...entry, name: 'a b' }], /entry 1: name must be 1 to 64/],
    ['no hash', [good, { ...entry, sha256: '12' }], /entry 2 \(importer\): sha256 must be 64 hex/],
    ['a raw key', [{ ...entry, sha256: importer.key }], /entry 1 \(importer\): sha256 must be/],
    ['no scopes', [{ ...entry, scopes: [] }], /entry 1 \(importer\): scopes must be some of/],
    ['a bad scope', [{ ...entry, scopes: ['write'] }], /entry 1 \(importer\): scopes must be/],
    ['a field more', [{ ...entry, key: importer.key }], /entry 1 \(importer\) must have no key/],
    ['a name twice', [good, entry, { ...entry, name: 'good' }], /entry 3 \(good\) has the name/],
    ['a hash twice', [entry, { ...entry, name: 'b' }], /entry 2 \(b\) has .* of entry 1/],
  ] as const) {
    it(`refuses ${what} among the API keys, and shows no key`, () => {
      const text = typeof entries === 'string' ? entries : JSON.stringify(entries);
      const message = complaint({ USS_AUTH_API_KEYS: text });
      expect(message).to.contain('USS_AUTH_API_KEYS (auth.apiKeys)').and.to.match(reason);
      expect(message).not.to.contain(importer.key).and.not.to.contain(entry.sha256);
    });
  }

  const issuer = { USS_JWT_ISSUER: 'i', USS_JWT_AUDIENCE: 'a' };
  const secret = 'x'.repeat(32);
  for (const [what, env, reason] of [
    [
      'a mode that is none',
      { USS_AUTH_MODE: 'key' },
      /USS_AUTH_MODE \(auth.mode\): must be one of/,
    ],
    ['no API keys', { USS_AUTH_MODE: 'api-key' }, /USS_AUTH_API_KEYS \(auth.apiKeys\): must have/],
    ['no issuer', { USS_AUTH_MODE: 'jwt', USS_JWT_SECRET: secret }, /USS_JWT_ISSUER .*USS_JWT_AUD/],
    ['no key of tokens', { USS_AUTH_MODE: 'jwt', ...issuer }, /USS_JWT_JWKS_URL.* one must be set/],
    [
      'two keys of tokens',
      { USS_AUTH_MODE: 'jwt', ...issuer, USS_JWT_SECRET: secret, USS_JWT_JWKS_URL: 'http://a' },
      /one must be set, not 2/,
    ],
    ['a short secret', { USS_JWT_SECRET: 'short' }, /USS_JWT_SECRET .* at least 32 bytes/],
    ['a JWKS file', { USS_JWT_JWKS_URL: 'file:///jwks' }, /USS_JWT_JWKS_URL .*must be a URL/],
    ['no PEM', { USS_JWT_PUBLIC_KEY: 'MIIB' }, /USS_JWT_PUBLIC_KEY .*must be PEM of a public key/],
    [
      'a need that is none',
      { USS_AUTH_DOCS: 'closed' },
      /USS_AUTH_DOCS \(auth.docs\): must be one/,
    ],
    ['a token with Bearer', { USS_ES_TOKEN: 'Bearer x' }, /USS_ES_TOKEN .*without Bearer/],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(complaint(env)).to.match(reason);
    });
  }

  it('refuses a private key for a public one, and does not show it', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const message = complaint({ USS_JWT_PUBLIC_KEY: pem });
    expect(message).to.match(/USS_JWT_PUBLIC_KEY .*must be PEM of a public key/);
    expect(message).not.to.contain(pem.split('\n')[1]);
  });

  it('refuses a public key of another kind', async () => {
    const { pem } = await createSigningKey('p384', 'ES384');
    expect(complaint({ USS_JWT_PUBLIC_KEY: pem })).to.match(
      /USS_JWT_PUBLIC_KEY .*P-256 or Ed25519/,
    );
  });

  describe('in files that variables name', () => {
    it('is read, without white space around it', () => {
      process.env.USS_ES_TOKEN_FILE = file(' seg_token \n\n');
      expect(loadUssConfig().es.token).to.equal('seg_token');
      process.env.ES_REDIS_URL_FILE = file('redis://user:secret@redis:6379\r\n');
      expect(loadEsConfig().redis.url).to.equal('redis://user:secret@redis:6379');
    });

    it('wins over the configuration file', () => {
      writeFileSync(join(directory, 'uss.yaml'), 'es: { token: from-yaml }');
      process.env.USS_CONFIG = join(directory, 'uss.yaml');
      process.env.USS_ES_TOKEN_FILE = file('from-file');
      expect(loadUssConfig().es.token).to.equal('from-file');
    });

    it('is checked like any other value, and not shown', () => {
      const message = complaint({ USS_JWT_SECRET_FILE: file('too short') });
      expect(message)
        .to.match(/USS_JWT_SECRET/)
        .and.not.match(/too short/);
    });

    for (const [what, text, reason] of [
      ['is not there', undefined, /USS_ES_TOKEN_FILE: ENOENT/],
      ['is empty', ' \n', /USS_ES_TOKEN_FILE: .* is empty/],
    ] as const) {
      it(`is named when it ${what}`, () => {
        const path = text === undefined ? join(directory, 'none') : file(text);
        expect(complaint({ USS_ES_TOKEN_FILE: path })).to.match(reason);
      });
    }

    it('stands beside no variable with the value itself', () => {
      const env = { USS_ES_TOKEN: 'a', USS_ES_TOKEN_FILE: file('b') };
      expect(complaint(env)).to.contain('set USS_ES_TOKEN or USS_ES_TOKEN_FILE, not both');
    });

    it('is for secrets only', () => {
      const message = complaint({ USS_HTTP_HOST_FILE: file('::1') });
      expect(message).to.match(/USS_HTTP_HOST_FILE is not known/);
    });
  });
});
