import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { StartError } from '../../src/process/lifecycle.js';
import { startUss } from '../../src/uss/service.js';
import { send } from '../support/http.js';
import { esConfig, startRedis, type TestRedis, ussConfig } from '../support/system.js';

describe('The interfaces that ES listens on', () => {
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());

  const start = (host: string) =>
    startEs(esConfig(redis.url, { http: { port: 0, host }, grpc: { port: 0, host } }));

  for (const [host, reached] of [
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.2', '127.0.0.2'],
    ['0.0.0.0', '127.0.0.3'],
    ['::1', '[::1]'],
    ['::', '[::1]'],
    ['::ffff:127.0.0.1', '[::ffff:127.0.0.1]'],
    ['localhost', 'localhost'],
  ] as const) {
    it(`may be ${host}, over REST and gRPC, for a USS on it too`, async () => {
      const es = await start(host);
      await es.ready;
      expect((await send(`http://${reached}:${es.httpPort}`, '/readyz')).status).to.equal(200);
      for (const target of ['', 'dns:', 'dns:///']) {
        const address = `${target}${reached}:${es.grpcPort}`;
        const listens = host === 'localhost' ? '127.0.0.1' : host;
        const uss = await startUss(
          ussConfig(0, { es: { address }, http: { port: 0, host: listens } }),
        );
        await uss.ready;
        const body = { segment: 's', user_id: address };
        const base = `http://${reached}:${uss.httpPort}`;
        expect((await send(base, '/segment', { body })).status).to.equal(202);
        await uss.close();
      }
      await es.close();
    });
  }

  for (const host of ['[::1]', '192.0.2.1', 'no.such.name.invalid', 'http://es', '127.0.0.1:80']) {
    it(`may not be ${host}, in one line that names the variable`, async () => {
      const error = await start(host).catch((reason) => reason);
      expect(error).to.be.instanceOf(StartError);
      expect(error.message).to.match(
        /^cannot listen on \S+; set ES_HTTP_HOST to an address[^\n]*$/,
      );
    });
  }
});
