import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { countOf, send } from '../support/http.js';
import { startSystem } from '../support/system.js';

/** Each names a proxy to some program or other. */
const VARIABLES = ['http_proxy', 'https_proxy', 'grpc_proxy', 'all_proxy'];

describe('A proxy in the environment', () => {
  const environment = process.env;
  let proxy: Server;
  let asked = 0;
  before(async () => {
    proxy = createServer((socket) => {
      asked += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });
  after((done) => {
    process.env = environment;
    proxy.close(done);
  });

  for (const variable of VARIABLES.flatMap((name) => [name, name.toUpperCase()])) {
    it(`is not gone through by USS: ${variable}`, async () => {
      const { port } = proxy.address() as AddressInfo;
      process.env = { ...environment, [variable]: `http://127.0.0.1:${port}` };
      const system = await startSystem();
      const body = { segment: 's', user_id: 'u' };
      expect((await send(system.urls.uss, '/segment', { body })).status).to.equal(202);
      expect(await countOf(system.urls.uss, 's')).to.equal(1);
      await system.close();
      expect(asked).to.equal(0);
    });
  }
});
