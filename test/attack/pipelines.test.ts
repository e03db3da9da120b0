import { expect } from 'chai';
import { send } from '../support/http.js';
import { openRaw, type RawConnection, rawRequest } from '../support/raw.js';
import { untilIdle } from './idle.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const MIB = 1024 * 1024;
const CLIENTS = atScale(12, 40);

/** Requests of which a client sends many. */
const REQUESTS = ['GET /openapi.json', 'GET /swagger/swagger-ui-bundle.js', 'GET /segment/a'];

const ANSWERED = 'segmentation_http_request_duration_seconds_count{';

describe('Clients that send request after request and read nothing', function () {
  this.timeout(900_000);
  let es: AttackedEs;
  let clients: RawConnection[] = [];
  beforeEach(async () => {
    es = await startAttackedEs();
  });
  afterEach(async () => {
    for (const { close } of clients) close();
    clients = [];
    await es.close();
  });

  async function answersOf(route: string): Promise<number> {
    const { text } = await send(es.base, '/metrics');
    const line = text.split('\n').find((each) => each.startsWith(ANSWERED) && each.includes(route));
    return Number(line?.split(' ').at(-1));
  }

  async function flood(request: string): Promise<void> {
    clients = await Promise.all(Array.from({ length: CLIENTS }, () => openRaw(es.httpPort)));
    const one = rawRequest(request, {});
    const bytes = Buffer.concat(Array(Math.ceil((2.4 * MIB) / one.length)).fill(one));
    for (const { socket, send: write } of clients) {
      socket.pause();
      write(bytes);
    }
  }

  for (const request of REQUESTS) {
    it(`are owed few answers at a time: ${request}`, async () => {
      const before = { resident: await es.resident(), cpu: await es.cpu() };
      await flood(request);
      await untilIdle(es);
      const grown = (await es.resident()) - before.resident;
      const cpu = (await es.cpu()) - before.cpu;
      show(`${CLIENTS} clients: ${Math.round(grown / MIB)} MiB more, ${cpu.toFixed(1)} s of CPU`);
      expect(grown).to.be.lessThan(CLIENTS * 6 * MIB);

      for (const { socket } of clients) socket.resetAndDestroy();
      await untilIdle(es);
      const after = (await es.cpu()) - before.cpu - cpu;
      show(`once they had gone: ${after.toFixed(1)} s of CPU`);
      expect(after).to.be.lessThan(0.5 + cpu / 2);
    });
  }

  for (const cut of [1, 2, 3]) {
    it(`are owed no more for a head whose last ${cut} bytes come apart, and a body behind it`, async () => {
      const client = await openRaw(es.httpPort);
      clients = [client];
      const route = '/swagger/swagger-ui-bundle.js';
      const type = { 'Content-Type': 'application/json' };
      const post = rawRequest('POST /segment', type, `${' '.repeat(49_996)}\r\n\r\n`);
      const end = post.indexOf('\r\n\r\n') + 4 - cut;
      // What makes the connection one of node:http.
      client.send(rawRequest('GET /healthz', {}));
      await client.receive();
      client.socket.pause().setNoDelay(true);
      client.send(post.subarray(0, end));
      await untilIdle(es);
      client.send(
        Buffer.concat([post.subarray(end), ...Array(700).fill(rawRequest(`GET ${route}`, {}))]),
      );
      await untilIdle(es);
      // Some of these are in the buffers of the system.
      expect(await answersOf(route)).to.be.within(1, 40);
    });
  }

  it('hold nobody up who reads: all answers come, in order', async () => {
    const client = await openRaw(es.httpPort);
    clients = [client];
    const names = Array.from({ length: atScale(500, 5_000) }, (_, index) => `s${index}`);
    client.send(Buffer.concat(names.map((name) => rawRequest(`GET /segment/${name}`, {}))));
    for (const name of names) {
      const answer = await client.receive();
      expect(answer).to.match(/^HTTP\/1\.1 200 /);
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).segment).to.equal(name);
    }
  });
});
