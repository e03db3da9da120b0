import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { freePort } from '../../scripts/testbed/free-port.js';
import { type Es, startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { countOf, send, untilReady } from '../support/http.js';
import { type MovingName, startName } from '../support/names.js';
import { esConfig, startRedis, ussConfig } from '../support/system.js';
import { until } from '../support/until.js';

const [ONE, OTHER] = ['127.0.0.1', '127.0.0.2'];
const NAME = 'es.test';

/** Longer than connecting takes here, and shorter than USS waits for the other addresses of a name. */
const LONG_WAY_MS = 300;

describe('The name of ES', () => {
  const opened: { close(): void | Promise<void> }[] = [];
  let port: number;
  let name: MovingName;
  beforeEach(async () => {
    port = await freePort();
    name = startName(NAME, ONE);
    opened.push(name);
  });
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  /** An ES on a Redis of its own, so that what it stores can be told. */
  async function startEsAt(host: string): Promise<Es> {
    const redis = await startRedis();
    const es = await startEs(
      esConfig(redis.url, { grpc: { port, host }, shutdown: { timeoutMs: 1_000 } }),
    );
    opened.push(redis, es);
    await es.ready;
    return es;
  }

  /** Accepts connections at an address, and says nothing. */
  async function startSilence(host: string): Promise<Server> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => sockets.add(socket)).listen(port, host);
    await once(server, 'listening');
    opened.push({
      close() {
        server.close();
        for (const socket of sockets) socket.destroy();
      },
    });
    return server;
  }

  /** Leads from an address to a port of this machine, and takes a while to connect. */
  async function startLongWay(host: string, to: number): Promise<void> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      setTimeout(() => {
        const onward = connect(to).on('error', () => {});
        sockets.add(onward);
        socket.pipe(onward).pipe(socket);
      }, LONG_WAY_MS);
    }).listen(port, host);
    await once(server, 'listening');
    opened.push({
      close() {
        server.close();
        for (const socket of sockets) socket.destroy();
      },
    });
  }

  /** @param connections so many that chance does not have all of them lead to one of two ES */
  async function startUssOfName(connections = 16): Promise<string> {
    const address = `dns:///${NAME}:${port}`;
    const uss = await startUss(ussConfig(0, { es: { address, connections } }));
    opened.push(uss);
    const base = `http://127.0.0.1:${uss.httpPort}`;
    await untilReady(base);
    // Each of its connections is there.
    for (let times = 0; times < connections; times += 1) expect(await post(base)).to.equal(202);
    return base;
  }

  let user = 0;
  const post = async (base: string) => {
    user += 1;
    return (await send(base, '/segment', { body: { segment: 's', user_id: `u${user}` } })).status;
  };
  const storedAt = ({ httpPort }: Es) => countOf(`http://127.0.0.1:${httpPort}`, 's');

  it('is followed to an ES at another address when the one before has gone', async () => {
    const before = await startEsAt(ONE);
    const base = await startUssOfName();
    const after = await startEsAt(OTHER);
    await before.close();
    // It is looked up now, and still leads to where nobody is.
    await until(async () => (await post(base)) !== 202);
    name.moveTo(OTHER);
    await until(async () => (await post(base)) === 202);
    expect(await storedAt(after)).to.be.greaterThan(0);
  });

  it('brings traffic to an ES that joins, and none fails meanwhile', async () => {
    await startEsAt(ONE);
    const base = await startUssOfName();
    const joined = await startEsAt(OTHER);
    name.moveTo(ONE, OTHER);
    await until(async () => {
      expect(await post(base)).to.equal(202);
      return (await storedAt(joined)) > 0;
    });
  });

  it('brings traffic to an ES that joins and takes longer to connect to than the others', async () => {
    await startEsAt(ONE);
    const base = await startUssOfName();
    const redis = await startRedis();
    const joined = await startEs(esConfig(redis.url));
    opened.push(redis, joined);
    await joined.ready;
    await startLongWay(OTHER, joined.grpcPort);
    name.moveTo(ONE, OTHER);
    await until(async () => {
      expect(await post(base)).to.equal(202);
      return (await storedAt(joined)) > 0;
    });
  });

  it('takes traffic from an ES that leaves, and none fails meanwhile', async () => {
    const [leaving, staying] = [await startEsAt(ONE), await startEsAt(OTHER)];
    name.moveTo(ONE, OTHER);
    const base = await startUssOfName();
    await until(async () => {
      expect(await post(base)).to.equal(202);
      return (await storedAt(leaving)) > 0 && (await storedAt(staying)) > 0;
    });
    name.moveTo(OTHER);
    let [last, unchanged] = [0, 0];
    await until(async () => {
      expect(await post(base)).to.equal(202);
      const now = await storedAt(leaving);
      unchanged = now === last ? unchanged + 1 : 0;
      last = now;
      return unchanged > 50;
    });
  });

  it('is followed to an ES that does not answer at first, and none fails meanwhile', async () => {
    await startEsAt(ONE);
    const base = await startUssOfName(1);
    const silence = await startSilence(OTHER);
    name.moveTo(OTHER);
    await once(silence, 'connection');
    // USS has given up, and tries again.
    await once(silence, 'connection');
    silence.close();
    const after = await startEsAt(OTHER);
    await until(async () => {
      expect(await post(base)).to.equal(202);
      return (await storedAt(after)) > 0;
    });
  });

  it('is not waited for where one of its addresses is silent from the start', async () => {
    await startEsAt(OTHER);
    await startSilence(ONE);
    name.moveTo(ONE, OTHER);
    const base = await startUssOfName();
    for (let times = 0; times < 50; times += 1) expect(await post(base)).to.equal(202);
  });

  for (const [what, begin] of Object.entries({
    'is not known': async () => name.moveTo(),
    'leads to where nobody listens': async () => {},
    'leads to where nobody answers': () => startSilence(ONE),
  })) {
    it(`is followed where it ${what} at the start`, async () => {
      await begin();
      const after = await startEsAt(OTHER);
      const uss = await startUss(ussConfig(0, { es: { address: `dns:///${NAME}:${port}` } }));
      opened.push(uss);
      const base = `http://127.0.0.1:${uss.httpPort}`;
      expect(await post(base)).to.be.oneOf([503, 504]);
      name.moveTo(OTHER);
      await untilReady(base);
      await until(async () => (await post(base)) === 202);
      expect(await storedAt(after)).to.be.greaterThan(0);
    });
  }
});
