import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { send, untilReady } from '../support/http.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { esConfig } from '../support/system.js';
import { until } from '../support/until.js';

describe('The version of Redis', () => {
  let server: RedisServer;
  let own: string;
  let proxy: FaultProxy;
  before(async () => {
    server = await startRedisServer();
    own = /redis_version:(\S+)/.exec(await server.client.info('server'))?.[1] as string;
    proxy = await startFaultProxy(server.port);
  });
  after(async () => {
    await proxy.close();
    await server.close();
  });

  /** Has the server call itself by another version, of as many bytes, as a reply of Redis begins with their number. */
  const callIt = (field: string) => {
    const line = `redis_version:${own}`;
    const other = field.padEnd(line.length).slice(0, line.length);
    const change = (bytes: Buffer) =>
      Buffer.from(bytes.toString('latin1').replace(line, other), 'latin1');
    proxy.fault({ change }, 'toClient');
  };
  const start = () => startEs(esConfig(`redis://127.0.0.1:${proxy.port}`));

  for (const version of ['2.8.24', '4.0.14', '5.0.14', '6.0.20', '6.2.14', '6.3.4']) {
    it(`keeps ES from being ready while it is ${version}, and says so`, async () => {
      callIt(`redis_version:${version}`);
      const es = await start();
      const base = `http://127.0.0.1:${es.httpPort}`;
      const reason = `redis is not ready, it is of version ${version}, and ES needs Redis 7.0 or newer`;
      await until(async () => (await send(base, '/readyz')).text.includes(reason));
      proxy.fault({});
      await untilReady(base);
      await es.close();
    });
  }

  // Valkey says 7.2.4 to whoever looks at this.
  for (const field of [
    'redis_version:7.0.0',
    'redis_version:7.2.4',
    'redis_version:10.0',
    'other:1',
  ]) {
    it(`is enough where the server says ${field}`, async () => {
      callIt(field);
      const es = await start();
      await es.ready;
      expect((await send(`http://127.0.0.1:${es.httpPort}`, '/readyz')).status).to.equal(200);
      await es.close();
    });
  }
});
