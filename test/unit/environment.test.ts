import { expect } from 'chai';
import fc from 'fast-check';
import { esRemarks, loadEsConfig } from '../../src/es/config.js';
import { loadUssConfig, ussRemarks } from '../../src/uss/config.js';
import { complaint } from '../support/start-error.js';

describe('The environment', () => {
  for (const [name, meant] of [
    ['USS_HTTP_PROT', 'USS_HTTP_PORT'],
    ['USS_PORT', 'USS_HTTP_PORT'],
    ['USS_ESADDRESS', 'USS_ES_ADDRESS'],
    ['USS_ES_ADRESS', 'USS_ES_ADDRESS'],
    ['USS_ES_TOKEN_FILES', 'USS_ES_TOKEN_FILE'],
    ['USS_ESTOKEN_FILE', 'USS_ES_TOKEN_FILE'],
    ['USS_HTTP_HOST_FILE', 'USS_HTTP_HOST'],
    ['USS_TRANSPORTS', 'USS_TRANSPORT'],
    ['USS_CONFIGURATION_FILE', undefined],
    ['USS_CONF', 'USS_CONFIG'],
    ['USS_NAME', undefined],
    ['ES_WINDOW_DAY', 'ES_WINDOW_DAYS'],
    ['ES_WINDOWDAYS', 'ES_WINDOW_DAYS'],
    ['ES_DAYS', 'ES_WINDOW_DAYS'],
    ['ES_DAYS_WINDOW', 'ES_WINDOW_DAYS'],
    ['es_window_days', 'ES_WINDOW_DAYS'],
    ['ES_REDIS_URLS', 'ES_REDIS_URL'],
    ['ES_REDIS_URI_FILE', 'ES_REDIS_URL_FILE'],
    ['ES_REDIS_DATABASES', 'ES_REDIS_'],
    ['ES_HTTP_PORTS', 'ES_HTTP_PORT'],
    ['ES_PORT_HTTP', 'ES_HTTP_PORT'],
    ['ES_GRPC_LISTEN_PORT', 'ES_GRPC_PORT'],
    ['ES_AUTH_ENABLED', 'ES_AUTH_'],
    ['ES_JAVA_OPTS', undefined],
    ['ES_JAVA_HOME', undefined],
    ['ES_HOME', undefined],
    ['ES_PATH_CONF', undefined],
    ['ES_TMPDIR', undefined],
    ['ES_SD_NOTIFY', undefined],
    ['ES_KEYSTORE_PASSPHRASE_FILE', undefined],
    ['ES_DISTRIBUTION_FLAVOR', undefined],
  ] as const) {
    it(`${meant === undefined ? 'leaves alone' : 'refuses'} ${name}`, () => {
      const load = name.startsWith('USS') ? loadUssConfig : loadEsConfig;
      const text = complaint(load, { [name]: '1' });
      if (meant === undefined) expect(text).to.equal('');
      else {
        const remedy = meant.endsWith('_')
          ? `and ${meant} is ours: config/es.yaml.example has all, or unset it`
          : `${meant} is: rename or unset it`;
        expect(text).to.equal(`bad configuration: ${name} is not known, ${remedy}`);
      }
    });
  }

  for (const [name, whole] of [
    ['ES_REDIS_HOST', 'ES_REDIS_URL'],
    ['ES_REDIS_PORT', 'ES_REDIS_URL'],
    ['ES_REDIS_DB', 'ES_REDIS_URL'],
    ['ES_REDIS_USERNAME', 'ES_REDIS_URL'],
    ['ES_REDIS_PASSWORD', 'ES_REDIS_URL'],
    ['ES_REDIS_PASSWORD_FILE', 'ES_REDIS_URL'],
    ['ES_RABBITMQ_VHOST', 'ES_RABBITMQ_URL'],
    ['USS_RABBITMQ_PASS', 'USS_RABBITMQ_URL'],
    ['USS_ES_HOST', 'USS_ES_ADDRESS'],
    ['USS_ES_PORT', 'USS_ES_ADDRESS'],
  ] as const) {
    it(`says that ${whole} has what ${name} would`, () => {
      const load = name.startsWith('USS') ? loadUssConfig : loadEsConfig;
      const file = name.startsWith('USS') ? 'config/uss.yaml.example' : 'config/es.yaml.example';
      expect(complaint(load, { [name]: '1' })).to.equal(
        `bad configuration: ${name} is not known, ${whole} has that in it: ${file} shows how, or unset it`,
      );
    });
  }

  it('refuses whatever differs by one letter from a variable, and names that', () => {
    const known = ['ES_HTTP_PORT', 'ES_MAX_SEGMENTS', 'ES_USER_ID_SECRET', 'ES_LIST_MAX_BYTES'];
    const mistake = fc.record({
      name: fc.constantFrom(...known),
      at: fc.nat(),
      letter: fc.constantFrom('', 'Q', '_', 'Z9'),
      cut: fc.nat(1),
    });
    fc.assert(
      fc.property(mistake, ({ name, at, letter, cut }) => {
        const place = 3 + (at % (name.length - 3));
        const wrong = name.slice(0, place) + letter + name.slice(place + cut);
        fc.pre(wrong !== name);
        expect(complaint(loadEsConfig, { [wrong]: '1' })).to.contain(`${wrong} is not known, `);
      }),
    );
  });

  it('names all that is wrong, in one line', () => {
    const text = complaint(loadEsConfig, { ES_WINDOW_DAY: '7', ES_HTTP_PROT: '1' });
    expect(text).to.match(/ES_WINDOW_DAY .*ES_WINDOW_DAYS .*; ES_HTTP_PROT .*ES_HTTP_PORT /);
    expect(text).not.to.contain('\n');
  });

  it('of the other service is not looked at, nor what is empty', () => {
    expect(complaint(loadEsConfig, { USS_HTTP_PROT: '1', ES_HTTP_PROT: '' })).to.equal('');
    expect(complaint(loadUssConfig, { ES_HTTP_PROT: '1' })).to.equal('');
  });

  for (const [name, ours] of [
    ['ES_HOST', 'ES_HTTP_HOST'],
    ['ES_PORT', 'ES_HTTP_PORT'],
    ['ES_URL', 'ES_REDIS_URL'],
  ] as const) {
    it(`may be that of clients of Elasticsearch: ${name} is passed over, which is said`, () => {
      const environment = process.env;
      process.env = { ...environment, [name]: 'http://elastic:9200' };
      try {
        expect(esRemarks(loadEsConfig())).to.deep.equal([
          {
            level: 'warn',
            text: `${name} is passed over, as one of Elasticsearch; ${ours} would be ours`,
          },
        ]);
      } finally {
        process.env = environment;
      }
    });
  }

  describe('of Kubernetes, for Services', () => {
    for (const service of ['ES', 'ES_GRPC', 'ES_HTTP', 'ES_REDIS', 'USS', 'USS_HTTP']) {
      const prefix = service.startsWith('USS') ? 'USS' : 'ES';
      const load = prefix === 'USS' ? loadUssConfig : loadEsConfig;
      for (const protocol of ['TCP', 'UDP']) {
        const address = `${protocol.toLowerCase()}://10.0.0.1:50051`;
        const linked = `${service}_PORT_50051_${protocol}`;
        const links = {
          [`${service}_SERVICE_HOST`]: '10.0.0.1',
          [`${service}_SERVICE_PORT`]: '50051',
          [`${service}_SERVICE_PORT_GRPC`]: '50051',
          [`${service}_PORT`]: address,
          [linked]: address,
          [`${linked}_PROTO`]: protocol.toLowerCase(),
          [`${linked}_PORT`]: '50051',
          [`${linked}_ADDR`]: '10.0.0.1',
        };
        it(`is passed over: ${service} by ${protocol}, and said where it would be a port`, () => {
          expect(complaint(load, links)).to.equal('');
          const environment = process.env;
          process.env = { ...environment, ...links };
          try {
            const remarks =
              prefix === 'USS' ? ussRemarks(loadUssConfig()) : esRemarks(loadEsConfig());
            const isPort = /_(HTTP|GRPC)$/.test(service);
            expect(remarks.map(({ level }) => level)).to.deep.equal(isPort ? ['info'] : []);
            if (isPort) {
              expect(remarks[0]?.text).to.match(
                /^\w+_PORT .*Kubernetes.*enableServiceLinks: false/,
              );
            }
          } finally {
            process.env = environment;
          }
        });
      }
    }
  });
});
