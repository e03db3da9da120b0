import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadEsConfig } from '../../src/es/config.js';
import { StartError } from '../../src/process/lifecycle.js';
import { loadUssConfig } from '../../src/uss/config.js';

describe('file of a configuration', () => {
  const environment = process.env;
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'config-file-test-'));
    process.env = { ...environment, ES_CONFIG: join(directory, 'some.yaml') };
    process.env.USS_CONFIG = process.env.ES_CONFIG;
  });
  afterEach(() => {
    process.env = environment;
    rmSync(directory, { recursive: true });
  });

  const write = (text: string) => writeFileSync(join(directory, 'some.yaml'), text);

  for (const text of [
    '',
    '# nothing yet',
    'http:',
    'http:\n  # port: 1\nredis:',
    'http: { tls: }',
    'window: {}',
  ]) {
    it(`sets nothing by ${JSON.stringify(text)}`, () => {
      write('');
      const usual = loadEsConfig();
      write(text);
      expect(loadEsConfig()).to.deep.equal(usual);
    });
  }

  const nested = (key: string, how: string) => `'${key}' has to be nested: ${how}`;
  const several = 'must be one text; where there may be several, commas separate them';
  for (const [text, complaint] of [
    ['window.days: 7', nested('window.days', '{ window: { days: … } }')],
    ['"http.port": 1', nested('http.port', '{ http: { port: … } }')],
    ['http.tls.certFile: a', nested('http.tls.certFile', '{ http: { tls: { certFile: … } } }')],
    [
      'http: { rateLimit.burst: 5 }',
      nested('http.rateLimit.burst', '{ http: { rateLimit: { burst: … } } }'),
    ],
    ['http.tls: { certFile: a }', nested('http.tls', '{ http: { tls: … } }')],
    ['windw.days: 7', "'windw.days' is not known, 'window.days' is"],
    ['http: 8484', "'http' must have keys below it, such as 'http.host'"],
    ['window: [7]', "'window' must have keys below it, such as 'window.days'"],
    ['http: { tls: true }', "'http.tls' must have keys below it, such as 'http.tls.certFile'"],
    [
      'http: { allowedHosts: [a.example, b.example] }',
      `ES_HTTP_ALLOWED_HOSTS (http.allowedHosts): ${several}`,
    ],
    [
      'http: { trustedProxies: [10.0.0.0/8] }',
      `ES_HTTP_TRUSTED_PROXIES (http.trustedProxies): ${several}`,
    ],
    ['redis: { url: ["redis://a:1", "redis://b:1"] }', `ES_REDIS_URL (redis.url): ${several}`],
    [
      'redis: { keyPrefix: 5 }',
      'ES_REDIS_KEY_PREFIX (redis.keyPrefix): must be a text: put it in quotes',
    ],
    [
      'redis: { sentinelPassword: 12345 }',
      'ES_REDIS_SENTINEL_PASSWORD (redis.sentinelPassword): must be a text: put it in quotes',
    ],
    [
      'redis: { keyPrefix: }',
      'ES_REDIS_KEY_PREFIX (redis.keyPrefix): has no value; give it one, or make it a comment',
    ],
    [
      'window: { days: ~ }',
      'ES_WINDOW_DAYS (window.days): has no value; give it one, or make it a comment',
    ],
    [
      'window: { days: { most: 7 } }',
      'ES_WINDOW_DAYS (window.days): must be a value, without keys below it',
    ],
    [
      'auth: { apiKeys: { name: a } }',
      'ES_AUTH_API_KEYS (auth.apiKeys): must be a value, without keys below it',
    ],
  ] as const) {
    it(`says of ${text} what is wrong with it`, () => {
      write(text);
      for (const [load, other] of [
        [loadEsConfig, 'ES_'],
        [loadUssConfig, 'USS_'],
      ] as const) {
        if (load === loadUssConfig && text.startsWith('redis')) continue;
        expect(load).to.throw(StartError, `bad configuration: ${complaint.replace(/^ES_/, other)}`);
      }
    });
  }

  for (const [text, reason] of [
    ['window: { days: 3 }\n---\nwindow: { days: 4 }', 'it is to be one document, without ---'],
    ['jwt: { secret: !vault abc }', 'Unresolved tag'],
    ['http: { port: 1, port: 2 }', 'must be unique'],
    ['http:\n\tport: 1', 'Tabs are not allowed'],
  ] as const) {
    it(`cannot read ${JSON.stringify(text)}`, () => {
      write(text);
      expect(loadEsConfig).to.throw(StartError, reason);
      expect(loadEsConfig).not.to.throw(StartError, '\n');
    });
  }
});
