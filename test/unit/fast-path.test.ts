import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { jsonAnswer } from '../../src/http/answer.js';
import { createConnection } from '../../src/http/connection/connection.js';
import { drain } from '../../src/http/connection/draining.js';
import { createFastPath } from '../../src/http/connection/fast-path.js';
import type { Responder } from '../../src/http/responder.js';
import type { Endpoint } from '../../src/http/router.js';
import { rawRequest } from '../support/raw.js';

const BODY = '{"segment":"a","user_id":"b"}';
const REQUEST = rawRequest('POST /segment', { 'Content-Type': 'application/json' }, BODY);
const HEAD_BYTES = REQUEST.length - BODY.length;

const LONG_MS = 60_000;

/** A connection on the fast path: what it answers, and what it leaves to node:http. */
function open(bodyWaitMs: number) {
  const written: string[] = [];
  const left: Buffer[] = [];
  const bodies: string[] = [];
  const socket = Object.assign(
    new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        done();
      },
    }),
    { setTimeout() {} },
  ) as unknown as Socket & Duplex;
  const respond = async (_endpoint: Endpoint, { body }: { body: unknown }) => {
    bodies.push(String(body));
    return jsonAnswer(202, {});
  };
  const fastPath = createFastPath({
    hotRoutes: () => ({ endpoint: {} as Endpoint, params: {} }),
    responder: { answer: respond } as unknown as Responder,
    keepAliveTimeoutMs: 5_000,
    maxHeaderBytes: 16_384,
    bodyWaitMs,
    onClosing() {},
  });
  const handOver = () => {
    socket.on('data', (bytes) => left.push(bytes));
    socket.emit('left');
  };
  fastPath(socket, handOver, createConnection(socket, '127.0.0.1'));
  const send = async (bytes: Buffer) => {
    socket.push(bytes);
    await new Promise(setImmediate);
  };
  const leftBytes = () => Buffer.concat(left).toString();
  return { socket, send, written, bodies, leftBytes };
}

describe('The fast path', () => {
  it('answers a request whose body follows its head in any pieces', () =>
    fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(BODY.length)), async (cuts) => {
        const { send, written, bodies, leftBytes } = open(LONG_MS);
        for (let request = 1; request <= 2; request += 1) {
          const ends = [...cuts.sort((one, other) => one - other), BODY.length];
          let from = 0;
          for (const end of ends.map((cut) => HEAD_BYTES + cut)) {
            if (end > from) await send(REQUEST.subarray(from, end));
            from = end;
          }
          expect(bodies).to.deep.equal(Array(request).fill(BODY));
          expect(written).to.have.length(request);
        }
        expect(leftBytes()).to.equal('');
      }),
      { numRuns: 50 },
    ));

  it('leaves to node:http, as it came, what begins in another way or goes on with more', async () => {
    for (const [first, second] of [
      [REQUEST.subarray(0, HEAD_BYTES - 1), REQUEST.subarray(HEAD_BYTES - 1)],
      [REQUEST.subarray(0, HEAD_BYTES), Buffer.from(`${BODY}GET /healthz`)],
      [REQUEST.subarray(0, HEAD_BYTES + 5), Buffer.from(`${BODY.slice(5)}\r\n`)],
    ] as const) {
      const { send, bodies, leftBytes } = open(LONG_MS);
      await send(first);
      await send(second);
      expect(leftBytes()).to.equal(`${first}${second}`);
      expect(bodies).to.deep.equal([]);
    }
  });

  it('leaves to node:http what takes longer to come, and what comes while the server closes', async () => {
    for (const isClosing of [false, true]) {
      const { socket, send, bodies, leftBytes } = open(isClosing ? LONG_MS : 1);
      const leaving = once(socket, 'left');
      await send(REQUEST.subarray(0, HEAD_BYTES + 1));
      if (isClosing) drain(socket);
      await leaving;
      await send(REQUEST.subarray(HEAD_BYTES + 1));
      expect(leftBytes()).to.equal(String(REQUEST));
      expect(bodies).to.deep.equal([]);
    }
  });

  it('leaves to node:http a body that comes by a byte at a time, as its time does not begin anew', async () => {
    const { socket, send, bodies, leftBytes } = open(50);
    let isLeft = false;
    socket.once('left', () => {
      isLeft = true;
    });
    const length = 50_000;
    await send(rawRequest('POST /segment', {}, 'x'.repeat(length)).subarray(0, -length));
    for (let sent = 0; sent < length && !isLeft; sent += 1) await send(Buffer.from('x'));
    expect(isLeft).to.equal(true);
    expect(leftBytes()).to.match(/^POST .*\r\n\r\nx*$/s);
    expect(bodies).to.deep.equal([]);
  });

  it('refuses a request that ends before its body does', async () => {
    const { socket, send, written, bodies } = open(LONG_MS);
    await send(REQUEST.subarray(0, HEAD_BYTES + 1));
    socket.push(null);
    await once(socket, 'finish');
    expect(written.join('')).to.match(
      /^HTTP\/1\.1 400 .*"the request ends before it is complete"/s,
    );
    expect(bodies).to.deep.equal([]);
  });
});
