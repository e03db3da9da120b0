import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { freePort } from '../../scripts/testbed/free-port.js';
import { startCommand } from '../support/process.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';

describe('A Redis of the tests', () => {
  const opened: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  async function take(port: number): Promise<Server> {
    const server = createServer((socket) => socket.destroy()).listen(port);
    opened.push(server);
    await once(server, 'listening');
    return server;
  }

  for (const [which, settings, above] of [
    ['its port', {}, 0],
    ['the port of its bus', { 'cluster-enabled': 'yes' }, 10_000],
  ] as [string, Record<string, string>, number][]) {
    it(`says that it cannot start where somebody has taken ${which}, instead of being waited for`, async () => {
      const server: RedisServer = await startRedisServer(settings);
      opened.push(server);
      await server.kill();
      const taker = await take(server.port + above);
      const words = await server.start().catch(({ message }) => message);
      expect(words).to.equal(`a Redis could not be started on port ${server.port}`);
      taker.close();
      await server.start();
      expect(await server.client.ping()).to.equal('PONG');
    });
  }

  it('has a port that no connection going out is given', async () => {
    const ports = await Promise.all(Array.from({ length: 100 }, () => freePort(10_000)));
    for (const port of ports) expect(port).to.be.within(10_000, 18_000);
    expect(new Set(ports)).to.have.length(ports.length);
  });

  it('has a port that no other process is given', async () => {
    const module = new URL('../../scripts/testbed/free-port.ts', import.meta.url).href;
    const code = `import { freePort } from '${module}';
      for (let left = 300; left > 0; left -= 1) console.log(await freePort());
      setInterval(() => {}, 1_000);`;
    const parameters = ['--import', 'tsx', '--input-type=module', '--eval', code];
    const others = [0, 1].map(() => startCommand([process.execPath, ...parameters], {}));
    await Promise.all(others.map(({ printed }) => printed(/^(\d+\n){299}\d+$/)));
    const own = await Promise.all(Array.from({ length: 300 }, () => freePort()));
    const given = [own.map(String), ...others.map((other) => other.output().split('\n'))];
    const different = given.map((ports) => new Set(ports));
    const all = new Set(given.flat());
    expect(all.size).to.equal(different.reduce((sum, { size }) => sum + size, 0));
    for (const other of others) await other.kill();
  });
});
