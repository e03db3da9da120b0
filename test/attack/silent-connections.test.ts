import { once } from 'node:events';
import { connect } from 'node:tls';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Authority, createAuthority } from '../support/certificates.js';
import { type Running, startNode } from '../support/process.js';
import { until } from '../support/until.js';
import { ask, clientHello, type Held, type HoldOptions, hold } from './held.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

/** As many as one address may have, and some that will not be let in. */
const MAX_OF_ADDRESS = atScale(20, 100);
const CLIENTS = MAX_OF_ADDRESS * 2;

const QUICK = {
  ES_HTTP_MAX_CONNECTIONS: String(MAX_OF_ADDRESS * 4),
  ES_HTTP_HEADERS_TIMEOUT_MS: '600',
  ES_HTTP_KEEP_ALIVE_TIMEOUT_MS: '400',
  ES_HTTP_IDLE_TIMEOUT_MS: '900',
};

/** Holds connections, and expects that others get in meanwhile and that all are closed in the end. */
async function expectClosed(base: string, port: number, options: () => HoldOptions): Promise<void> {
  const held: Held[] = Array.from({ length: CLIENTS }, () => hold(port, options()));
  expect((await ask(base, '/healthz', '127.0.0.2')).status).to.equal(200);
  await Promise.all(held.map(({ closed }) => closed));
  // The service learns a moment later that its last bytes were taken.
  await until(async () => (await ask(base, '/healthz')).status === 200);
}

/** How many connections were closed for a reason. */
async function closed(base: string, reason: string): Promise<number> {
  const { text } = await ask(base, '/metrics', '127.0.0.2');
  const line = new RegExp(`^\\w+_connections_closed_total\\{reason="${reason}"\\} (\\d+)$`, 'm');
  return Number(line.exec(text)?.[1]);
}

/** Holds a connection until it is closed, and expects that it is counted. */
async function expectCounted(base: string, port: number, options: HoldOptions, reason: string) {
  const before = await closed(base, reason);
  await hold(port, options).closed;
  // On a busy machine those that ask may be counted, too.
  await until(async () => (await closed(base, reason)) > before);
}

const ANSWERED = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';

/** Bytes one after the other. */
function trickle(bytes: Buffer): HoldOptions {
  let at = 0;
  const next = () => bytes.subarray(at, ++at);
  return { more: { next, everyMs: 50 } };
}

describe('connections that say nothing whole', function () {
  this.timeout(atScale(20_000, 300_000));
  let authority: Authority;
  let hello: Buffer;
  before(async () => {
    authority = createAuthority();
    hello = await clientHello();
  });
  after(() => authority.close());

  describe('over HTTPS', () => {
    let es: Running;
    let port: number;
    let base: string;
    before(async () => {
      const { certFile, keyFile } = authority.issue('server');
      es = startNode('dist/es/main.js', {
        ...QUICK,
        // Whatever is asked here needs no Redis.
        ES_REDIS_URL: 'unix:///nowhere/redis.sock',
        ES_HTTP_PORT: '0',
        ES_GRPC_PORT: '0',
        ES_HTTP_TLS_CERT_FILE: certFile,
        ES_HTTP_TLS_KEY_FILE: keyFile,
      });
      port = Number((await es.printed(/REST on [^"]*?:(\d+)/))[1]);
      base = `https://127.0.0.1:${port}`;
    });
    after(() => es.kill());

    const kinds: Record<string, () => HoldOptions> = {
      nothing: () => ({}),
      'half a ClientHello': () => ({ bytes: hello.subarray(0, hello.length / 2) }),
      'a ClientHello, and nothing more': () => ({ bytes: hello }),
      'a ClientHello, byte by byte': () => trickle(hello),
      'a ClientHello, and then empty handshakes': () => ({
        bytes: hello,
        more: { next: () => Buffer.from([22, 3, 3, 0, 0]), everyMs: 50 },
      }),
      'a request without TLS': () => ({ bytes: ANSWERED }),
      'an alert': () => ({ bytes: Buffer.from([21, 3, 3, 0, 2, 1, 0]) }),
    };
    for (const [what, options] of Object.entries(kinds)) {
      it(`are closed after ${what}, and others get in`, async () => {
        await expectClosed(base, port, options);
      });
    }

    it('are counted when their handshake is late', async () => {
      await expectCounted(base, port, {}, 'handshake');
      await expectCounted(base, port, trickle(hello), 'handshake');
    });

    it('are closed after any beginning of a handshake', async () => {
      const cut = fc.nat(hello.length).map((length) => hello.subarray(0, length));
      const broken = fc
        .tuple(fc.nat(hello.length - 1), fc.nat(255))
        .map(([at, byte]) => Buffer.concat([hello.subarray(0, at), Buffer.from([byte])]));
      const samples = fc.sample(fc.oneof(cut, broken), CLIENTS);
      await expectClosed(base, port, () => ({ bytes: samples.pop() ?? '' }));
    });

    it('are closed once hands are shaken and nothing, or half a head, follows', async () => {
      const closed = ['', 'GET /healthz HT', 'POST /segment HTTP/1.1\r\nHost: a\r\nX: '].map(
        async (bytes) => {
          const socket = connect({ port: port, rejectUnauthorized: false });
          socket.on('error', () => {}).resume();
          await once(socket, 'secureConnect');
          socket.write(bytes);
          await once(socket, 'close');
        },
      );
      await Promise.all(closed);
    });
  });

  describe('over HTTP', () => {
    let es: AttackedEs;
    before(async () => {
      es = await startAttackedEs(QUICK);
    });
    after(() => es.close());

    const post = 'POST /segment HTTP/1.1\r\nHost: a\r\n';
    const kinds: Record<string, () => HoldOptions> = {
      nothing: () => ({}),
      'one byte': () => ({ bytes: 'P' }),
      'half a head': () => ({ bytes: `${post}X-Slow: ` }),
      'a head, byte by byte': () => trickle(Buffer.from(post + 'X-Slow: a\r\n'.repeat(1_000))),
      'blank lines': () => ({ more: { next: () => '\r\n', everyMs: 50 } }),
      'an answer, and then half a head': () => ({
        bytes: `GET /segment/s HTTP/1.1\r\nHost: a\r\n\r\n`,
        more: { next: () => 'P', everyMs: 200 },
      }),
      'an answer, and then blank lines': () => ({
        bytes: ANSWERED,
        more: { next: () => '\r\n', everyMs: 50 },
      }),
      'what is no HTTP, byte by byte': () => ({
        bytes: 'no HTTP\r\n\r\n',
        more: { next: () => 'x', everyMs: 50 },
      }),
    };
    for (const [what, options] of Object.entries(kinds)) {
      it(`are closed after ${what}, and others get in`, async () => {
        await expectClosed(es.base, es.httpPort, options);
      });
    }

    for (const [what, options] of Object.entries({
      'half a head': () => ({ bytes: `${post}X-Slow: ` }),
      'a head, byte by byte': () => trickle(Buffer.from(post + 'X-Slow: a\r\n'.repeat(1_000))),
      'an answer, and then half a head': () => ({ bytes: `${ANSWERED}GET /` }),
      'an answer behind a body, and then half a head': () => ({
        bytes: `${post}Content-Type: text/plain\r\nContent-Length: 1\r\n\r\n1GET /`,
      }),
    })) {
      it(`are counted when their headers are late, after ${what}`, async () => {
        await expectCounted(es.base, es.httpPort, options(), 'headers');
      });
    }

    const silences: [after: string, bytes: string, reason: string][] = [
      ['nothing', '', 'idle'],
      ['an answer', ANSWERED, 'idle'],
      ['an answer of a hot route', 'GET /segment/s HTTP/1.1\r\nHost: a\r\n\r\n', 'idle'],
      ['a head alone', `${post}Content-Length: 9\r\n\r\n`, 'body'],
      ['half a body', `${post}Content-Length: 9\r\n\r\n{`, 'body'],
    ];
    for (const [after, bytes, reason] of silences) {
      it(`are counted when they are silent after ${after}`, async () => {
        await expectCounted(es.base, es.httpPort, { bytes }, reason);
      });
    }

    it('are told that their headers were late', async () => {
      const start = performance.now();
      const slow = hold(es.httpPort, trickle(Buffer.from(post + 'X-Slow: a\r\n'.repeat(1_000))));
      await slow.closed;
      show(`headers were given ${Math.round(performance.now() - start)} of 600 ms`);
      expect(slow.text()).to.match(/^HTTP\/1\.1 408 /);
    });
  });
});
