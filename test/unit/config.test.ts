import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { loadEsConfig } from '../../src/es/config.js';
import { StartError } from '../../src/process/lifecycle.js';
import { loadUssConfig } from '../../src/uss/config.js';

describe('configuration', () => {
  let directory: string;
  const environment = process.env;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'config-test-'));
    process.env = { ...environment };
  });
  afterEach(() => {
    process.env = environment;
    rmSync(directory, { recursive: true });
  });

  function yaml(text: string): string {
    const file = join(directory, 'some.yaml');
    writeFileSync(file, text);
    return file;
  }

  function complaint(load: () => unknown): string {
    try {
      load();
    } catch (error) {
      expect(error).to.be.instanceOf(StartError);
      expect((error as Error).message).not.to.contain('\n');
      return (error as Error).message;
    }
    throw new Error('the configuration was accepted');
  }

  it('prefers the environment to the file, and the file to the defaults', () => {
    process.env.ES_CONFIG = yaml('http: { port: 1001 }\ngrpc: { port: 1002 }');
    process.env.ES_HTTP_PORT = '1003';
    const config = loadEsConfig({ grpc: { port: 1 }, window: { days: 7 } });
    expect(config.http.port).to.equal(1003);
    expect(config.grpc.port).to.equal(1002);
    expect(config.window.days).to.equal(7);
    expect(config.redis.url).to.equal('redis://127.0.0.1:6379');
  });

  it('takes an empty variable as not set', () => {
    process.env.USS_HTTP_PORT = '';
    expect(loadUssConfig().http.port).to.equal(8282);
  });

  it('has no limit that would have stores wait for ES where they go by a queue', () => {
    process.env.USS_NEW_SEGMENTS_PER_MINUTE = '5';
    expect(loadUssConfig().newSegmentsPerMinute).to.equal(5);
    process.env.USS_TRANSPORT = 'rabbitmq';
    expect(complaint(loadUssConfig)).to.match(/USS_NEW_SEGMENTS_PER_MINUTE .*USS_TRANSPORT/);
    process.env.USS_NEW_SEGMENTS_PER_MINUTE = '0';
    expect(loadUssConfig().transport).to.equal('rabbitmq');
  });

  it('names every bad key and its variable, in one line', () => {
    process.env.ES_HTTP_PORT = '80a';
    process.env.ES_WINDOW_DAYS = '0';
    process.env.ES_LOG_LEVEL = 'loud';
    const text = complaint(loadEsConfig);
    expect(text).to.contain('ES_HTTP_PORT (http.port): must be a whole number from 0 to 65535');
    expect(text).to.contain('ES_WINDOW_DAYS (window.days): must be a whole number from 1 to 90');
    expect(text).to.contain('ES_LOG_LEVEL (log.level): must be one of');
  });

  for (const size of [' ', '1e3', '0x400', '1024.0', '+20', '-1', '15', '16385', 'none']) {
    it(`refuse ES_SAMPLE_SIZE=${JSON.stringify(size)}`, () => {
      process.env.ES_SAMPLE_SIZE = size;
      expect(complaint(loadEsConfig)).to.contain(
        'ES_SAMPLE_SIZE (sampleSize): must be 0, or a whole number from 16 to 16384',
      );
    });
  }

  for (const [text, reason] of [
    ['http: { prot: 1 }', "'http.prot' is not known, 'http.port' is"],
    ['port: 1', "'port' is not known, 'http.port' is"],
    ['windows: { days: 7 }', "'windows.days' is not known, 'window.days' is"],
    ['window: { day: 7 }', "'window.day' is not known, 'window.days' is"],
    ['http: { maxconnection: 7 }', "'http.maxconnection' is not known, 'http.maxConnections' is"],
    ['log: { levels: info }', "'log.levels' is not known, 'log.level' is"],
    ['extra: true', "'extra' is not known"],
  ] as const) {
    it(`names a key that does not exist, and the one that was meant: ${text}`, () => {
      process.env.USS_CONFIG = yaml(text);
      expect(complaint(loadUssConfig)).to.equal(`bad configuration: ${reason}`);
    });
  }

  for (const [load, path, variable, file] of [
    [loadUssConfig, 'es.tls.enabled', 'USS_ES_TLS_ENABLED', 'es: { tls: { enabled: VALUE } }'],
    [loadUssConfig, 'tracing.disabled', 'OTEL_SDK_DISABLED', 'tracing: { disabled: VALUE }'],
    [loadUssConfig, 'metrics.enabled', 'USS_METRICS_ENABLED', 'metrics: { enabled: VALUE }'],
    [loadEsConfig, 'tracing.disabled', 'OTEL_SDK_DISABLED', 'tracing: { disabled: VALUE }'],
    [loadEsConfig, 'metrics.enabled', 'ES_METRICS_ENABLED', 'metrics: { enabled: VALUE }'],
  ] as const) {
    const service = variable.startsWith('USS') || load === loadUssConfig ? 'USS' : 'ES';
    const get = () =>
      path.split('.').reduce<unknown>((node, name) => (node as never)[name], load());
    for (const [words, value] of [
      [['true', 'TRUE', '1', 'yes', 'Yes', 'on', 'oN'], true],
      [['false', 'False', '0', 'no', 'NO', 'off', 'Off'], false],
    ] as const) {
      it(`takes ${words} for ${value} of ${path} of ${service}, in the file too`, () => {
        for (const word of words) {
          process.env[variable] = word;
          expect(get(), word).to.equal(value);
          delete process.env[variable];
          process.env[`${service}_CONFIG`] = yaml(file.replace('VALUE', `'${word}'`));
          expect(get(), word).to.equal(value);
        }
      });
    }

    for (const word of ['ture', 'enabled', '2', '-1', 'y', 'nein', 'null', 'undefined']) {
      it(`refuses ${word} for ${variable} of ${service}`, () => {
        process.env[variable] = word;
        expect(complaint(load)).to.equal(
          `bad configuration: ${variable} (${path}): must be one of true, 1, yes, on, false, 0, no, off: value was "${word}"`,
        );
      });
    }
  }

  const waits: [wait: string | undefined, timeout: string | undefined, refused: boolean][] = [
    [undefined, undefined, false],
    ['2999', undefined, false],
    ['3000', undefined, true],
    [undefined, '1000', true],
    [undefined, '500', true],
    ['60000', '59999', true],
    ['499', '500', false],
  ];
  for (const [wait, timeout, refused] of waits) {
    it(`${refused ? 'refuses' : 'takes'} replicas that may take ${wait} of the ${timeout} ms of Redis`, () => {
      if (wait !== undefined) process.env.ES_REDIS_WAIT_TIMEOUT_MS = wait;
      if (timeout !== undefined) process.env.ES_REDIS_TIMEOUT_MS = timeout;
      if (!refused) {
        loadEsConfig();
        return;
      }
      expect(complaint(loadEsConfig)).to.equal(
        `bad configuration: ES_REDIS_WAIT_TIMEOUT_MS (redis.waitTimeoutMs): must be less than ES_REDIS_TIMEOUT_MS, which is ${timeout ?? 3_000}, not ${wait ?? 1_000}`,
      );
    });
  }

  it('never shows a password', () => {
    process.env.ES_REDIS_URL = 'http://user:secret@host';
    expect(complaint(loadEsConfig))
      .to.match(/^bad configuration: ES_REDIS_URL/)
      .and.not.match(/secret/);
  });

  for (const [text, reason] of [
    ['http: [', 'cannot read the configuration file'],
    ['- a list', 'must hold keys and values'],
    ['just text', 'must hold keys and values'],
    ['http: 5', 'http'],
  ] as const) {
    it(`refuses a file with ${JSON.stringify(text)}`, () => {
      process.env.ES_CONFIG = yaml(text);
      expect(complaint(loadEsConfig)).to.contain(reason);
    });
  }

  it('names a file that is not there', () => {
    process.env.ES_CONFIG = join(directory, 'none.yaml');
    expect(complaint(loadEsConfig)).to.contain('none.yaml');
  });

  for (const [name, load] of [
    ['es', loadEsConfig],
    ['uss', loadUssConfig],
  ] as const) {
    it(`ships an example of ${name}.yaml with every key at its default, and explained`, () => {
      const text = readFileSync(`config/${name}.yaml.example`, 'utf8');
      const example = text.replace(/^ {2}#(\w+: )/gm, '  $1');
      expect(parse(example)).to.deep.equal(load());
      const lines = example.split('\n');
      lines.forEach((line, index) => {
        if (/^ {2}\w+:/.test(line)) expect(lines[index - 1], line).to.match(/^ {2}# /);
      });
    });
  }
});
