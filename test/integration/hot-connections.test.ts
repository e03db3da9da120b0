import { once } from 'node:events';
import { expect } from 'chai';
import { openRaw, rawRequest } from '../support/raw.js';
import { type System, startSystem } from '../support/system.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };

for (const name of ['uss', 'es'] as const) {
  describe(`Connections to the hot routes of ${name.toUpperCase()}`, () => {
    let system: System;
    let port: number;
    before(async () => {
      system = await startSystem(undefined, { keepAliveTimeoutMs: 1_000 });
      port = system[name].httpPort;
    });
    after(() => system.close());

    const post = (user: number) =>
      rawRequest('POST /segment', JSON_TYPE, `{"segment":"many","user_id":"u${user}"}`);

    it('take request after request on one connection, of whatever form', async () => {
      const connection = await openRaw(port);
      for (const line of [
        'GET /segment/none',
        'GET /segment/%41',
        'GET /healthz',
        'GET /segment/none',
      ]) {
        connection.send(rawRequest(line, {}));
        expect(await connection.receive()).to.match(/^HTTP\/1\.1 200 OK\r\n/);
      }
      connection.close();
    });

    it('answer in order what is sent without waiting', async () => {
      for (const together of [true, false]) {
        const connection = await openRaw(port);
        const requests = [
          post(1),
          rawRequest('GET /healthz', {}),
          rawRequest('GET /no', {}),
          post(2),
        ];
        if (together) connection.send(Buffer.concat(requests));
        else for (const request of requests) connection.send(request);
        for (const status of [202, 200, 404, 202]) {
          expect(await connection.receive()).to.match(new RegExp(`^HTTP/1.1 ${status} `));
        }
        connection.close();
      }
    });

    const EXPECTING = { Expect: '100-continue' };

    it('answer a request without content that expects to be told to go on', async () => {
      const connection = await openRaw(port);
      const file = rawRequest('GET /swagger/index.html', EXPECTING);
      connection.send(Buffer.concat([post(7), file]));
      expect(await connection.receive()).to.match(/^HTTP\/1\.1 202 /);
      expect(await connection.receive()).to.match(/^HTTP\/1\.1 200 .*<\/html>\n$/s);
      await connection.ended;
    });

    it('tell one with content to go on', async () => {
      const connection = await openRaw(port);
      const body = '{"segment":"many","user_id":"u8"}';
      const headers = { ...JSON_TYPE, ...EXPECTING, 'Content-Length': String(body.length) };
      connection.send(rawRequest('POST /segment', headers));
      expect(await connection.receive()).to.match(/^HTTP\/1\.1 100 /);
      connection.send(body);
      expect(await connection.receive()).to.match(/^HTTP\/1\.1 202 /);
      connection.close();
    });

    it('take a request in pieces of any size', async () => {
      for (const size of [1, 7, 90]) {
        const connection = await openRaw(port);
        connection.socket.setNoDelay(true);
        const request = post(3);
        for (let at = 0; at < request.length; at += size) {
          connection.send(request.subarray(at, at + size));
          await new Promise(setImmediate);
        }
        expect(await connection.receive()).to.match(/^HTTP\/1\.1 202 /);
        connection.close();
      }
    });

    it('answer a client that has ended its side, and end theirs', async () => {
      const connection = await openRaw(port);
      connection.socket.end(post(4));
      expect(await connection.receive()).to.match(/^HTTP\/1\.1 202 /);
      await connection.ended;
    });

    it('go on when clients go away before they are answered', async () => {
      for (let client = 0; client < 50; client += 1) {
        const connection = await openRaw(port);
        connection.send(post(client));
        connection.socket.resetAndDestroy();
        await once(connection.socket, 'close');
      }
      const connection = await openRaw(port);
      connection.send(post(5));
      expect(await connection.receive()).to.match(/^HTTP\/1\.1 202 /);
      connection.close();
    });

    it('end a connection that is idle', async () => {
      const connection = await openRaw(port);
      connection.send(post(6));
      await connection.receive();
      await connection.ended;
    });

    it('end idle connections at once when the service stops', async () => {
      const own = await startSystem();
      const idle = await Promise.all([openRaw(own[name].httpPort), openRaw(own[name].httpPort)]);
      for (const [index, line] of ['GET /segment/a', 'GET /healthz'].entries()) {
        idle[index]?.send(rawRequest(line, {}));
        await idle[index]?.receive();
      }
      const stopped = own.close();
      await Promise.all(idle.map(({ ended }) => ended));
      await stopped;
    });
  });
}
