import { expect } from 'chai';
import { loadEsConfig } from '../../src/es/config.js';
import { loadUssConfig } from '../../src/uss/config.js';
import { complaint } from '../support/start-error.js';

/** Why a variable is refused; nothing where it is taken. */
const refusalOf = (load: () => unknown, variable: string, value: string) =>
  complaint(load, { [variable]: value });

describe('The address of ES', () => {
  for (const address of [
    'es:50051',
    'es.example.com:1',
    'es_1:65535',
    '127.0.0.2:50051',
    '[::1]:50051',
    'dns:es:50051',
    'dns:///es:50051',
    'dns:///es.:50051',
    'dns:///127.0.0.1:50051',
    'dns:///[::1]:50051',
    'dns:[fe80::1%eth0]:50051',
    'dns://10.0.0.2/es:50051',
    'ipv4:127.0.0.1:50051',
    'ipv4:10.0.0.1:1,10.0.0.2:2',
    'ipv6:[::1]:50051',
    'unix:/run/es.sock',
    'unix:///run/es.sock',
  ]) {
    it(`may be ${address}`, () => {
      expect(refusalOf(loadUssConfig, 'USS_ES_ADDRESS', address)).to.equal('');
    });
  }

  for (const address of [
    'http://es:50051',
    'https://es:50051',
    'grpc://es:50051',
    'tcp://10.0.0.1:50051',
    'es',
    'dns:///es',
    '127.0.0.1',
    '[::1]',
    '::1',
    '::1:50051',
    'dns:///::1:50051',
    'es:',
    'es:grpc',
    'es:0',
    'es:65536',
    'es:99999',
    'es: 50051',
    ' es:50051',
    'es:50051 ',
    'dns://es:50051',
    'dns:////es:50051',
    'dns:///es:50051/',
    'es:50051/path',
    'es:1,es:2',
    'user@es:50051',
    'unix:',
    'ipv4:127.0.0.1',
    ':50051',
  ]) {
    it(`may not be ${JSON.stringify(address)}`, () => {
      const text = refusalOf(loadUssConfig, 'USS_ES_ADDRESS', address);
      expect(text).to.match(
        /^bad configuration: USS_ES_ADDRESS \(es\.address\): must be a host and its gRPC port such as dns:\/\/\/es:50051[^\n]*$/,
      );
    });
  }
});

describe('The URL of Redis', () => {
  for (const url of [
    'redis://h',
    'redis://h:6379/3',
    'rediss://h',
    'redis://[::1]:6379',
    'unix:///run/r.sock',
    'redis://:geheim@h',
    'redis://:ge%25heim@h',
    'redis://:ge@heim@h',
    'redis://:ge heim@h',
  ]) {
    it(`may be ${url}`, () => {
      expect(refusalOf(loadEsConfig, 'ES_REDIS_URL', url)).to.equal('');
    });
  }

  for (const url of [
    'redis://:ge%ssheim@h',
    'redis://:geheim%@h',
    'redis://:ge%2@h',
    'redis://ge%zz:geheim@h',
    'http://u:geheim@h',
    'https://geheim@h',
    'tcp://:geheim@h',
    '//:geheim@h',
    ':geheim@h',
    'h',
    'h:6379',
    'localhost:6379',
    ' redis://:geheim@h',
    'redis://:geheim@h\n',
    'redis:h',
    'redis://:ge#heim@h',
    'redis://:ge?heim@h',
    'redis://:ge/heim@h',
    'redis://:ge,heim@h',
    'redis://:geheim@h:99999',
    'redis://:geheim@h:port',
    'redis://:geheim@h h',
    'redis://::1',
    'redis:///3',
    'redis://',
    'redis://:geheim@',
    'unix://geheim',
    'unix:///',
    'redis://geheim@h',
    'redis://:geheim@h/db',
    'redis://:geheim@h?db=3',
    'geheim',
  ]) {
    it(`may not be ${JSON.stringify(url)}, which is not shown`, () => {
      const text = refusalOf(loadEsConfig, 'ES_REDIS_URL', url);
      expect(text).to.match(/^bad configuration: ES_REDIS_URL \(redis\.url\): must [^\n]*$/);
      expect(text).to.not.match(/heim/);
    });
  }
});
