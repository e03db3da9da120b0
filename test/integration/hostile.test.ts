import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { countOf, send, untilReady } from '../support/http.js';
import { type Running, startNode } from '../support/process.js';
import { openRaw, rawRequest } from '../support/raw.js';
import { startRedis, type TestRedis } from '../support/system.js';
import { until } from '../support/until.js';

const MEBIBYTE = 1024 * 1024;

describe('hostile clients', function () {
  this.timeout(30_000);
  let redis: TestRedis;
  let es: Running;
  let base = '';
  let port = 0;
  let residentBefore = 0;
  before(async () => {
    redis = await startRedis();
    es = startNode('dist/es/main.js', {
      ES_REDIS_URL: redis.url,
      ES_GRPC_PORT: '0',
      ES_HTTP_PORT: '0',
      ES_HTTP_HEADERS_TIMEOUT_MS: '500',
      ES_HTTP_IDLE_TIMEOUT_MS: '3000',
    });
    port = Number((await es.printed(/REST on [^"]*?:(\d+)/))[1]);
    base = `http://127.0.0.1:${port}`;
    await untilReady(base);
    await send(base, '/segment', { body: { segment: 'canary', user_id: 'u' } });
    residentBefore = await resident();
  });
  after(async () => {
    await es.kill();
    await redis.close();
  });
  // Whatever was done to it, it is the same process, serves on, counts right and has not grown.
  afterEach(async () => {
    expect(es.child.exitCode).to.equal(null);
    expect(await countOf(base, 'canary')).to.equal(1);
    expect(await countOf(base, 'smuggled')).to.equal(0);
    expect((await resident()) - residentBefore).to.be.lessThan(200 * MEBIBYTE);
  });

  const resident = async () => {
    const { text } = await send(base, '/metrics');
    return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
  };
  /** All that is answered to some bytes until the service ends the connection. */
  async function answerTo(bytes: string, stayOpen = false): Promise<string> {
    const connection = await openRaw(port);
    let text = '';
    connection.socket.on('data', (part) => {
      text += part;
    });
    connection.send(bytes);
    if (!stayOpen) connection.socket.end();
    await connection.ended;
    connection.close();
    return text;
  }
  const statuses = (text: string) =>
    Array.from(text.matchAll(/HTTP\/1\.1 (\d+) /g), ([, status]) => status);

  it('cannot hold a connection by slow headers', async () => {
    expect(await answerTo('POST /segment HTTP/1.1\r\nHost: a\r\nX-Slow: ', true)).to.match(
      /^(HTTP\/1\.1 408 |$)/,
    );
  });

  it('cannot hold a connection by a slow body', async () => {
    const head = 'POST /segment HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    expect(statuses(await answerTo(`${head}Content-Length: 100\r\n\r\n{"seg`, true))).to.satisfy(
      (seen: string[]) => seen.every((status) => status !== '202'),
    );
  });

  it('are refused headers that are too large', async () => {
    const large = `X-Large: ${'x'.repeat(1_000)}\r\n`.repeat(1_000);
    expect(
      statuses(await answerTo(`GET /segment/canary HTTP/1.1\r\nHost: a\r\n${large}\r\n`)),
    ).to.deep.equal(['431']);
  });

  it('are told what is wrong, after what they are owed', async () => {
    const body = '{"segment":"canary","user_id":"u"}';
    const type = 'Content-Type: application/json\r\n';
    const post = `POST /segment HTTP/1.1\r\nHost: a\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`;
    for (const [bytes, expected] of [
      [`${post}no HTTP at all\r\n\r\n`, ['202', '400']],
      [`${post}${post}GET / HTTP/9.9\r\n\r\n`, ['202', '202', '505']],
      ['GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: more\r\nConnection: close\r\n\r\n', ['417']],
    ] as const) {
      const text = await answerTo(bytes, true);
      expect(statuses(text)).to.deep.equal(expected);
      expect(JSON.parse(text.slice(text.lastIndexOf('\r\n\r\n')))).to.include.keys(
        'title',
        'detail',
      );
    }
  });

  it('leave nothing open when they go before they are answered', async () => {
    const openFiles = async () => {
      const { text } = await send(base, '/metrics');
      return Number(/^process_open_fds (\S+)/m.exec(text)?.[1]);
    };
    const before = await openFiles();
    const request = 'GET /swagger/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n';
    for (let client = 0; client < 3; client += 1) {
      const { socket, send: write, close } = await openRaw(port);
      write(request.repeat(300));
      await once(socket, 'data');
      close();
    }
    await until(async () => (await openFiles()) <= before);
  });

  it('can go on after a body that was too large, zipped or not', async () => {
    const body = Buffer.alloc(5 * MEBIBYTE, randomBytes(64 * 1024));
    for (const [encoding, bytes] of [
      ['identity', body],
      ['gzip', gzipSync(body)],
    ] as const) {
      const connection = await openRaw(port);
      const headers = { 'Content-Type': 'application/json', 'Content-Encoding': encoding };
      connection.send(rawRequest('POST /segment', headers, bytes));
      expect(await connection.receive()).to.match(/^HTTP\/1.1 413 /);
      connection.send(rawRequest('GET /segment/canary', {}));
      expect(await connection.receive()).to.match(/^HTTP\/1.1 200 /);
      connection.close();
    }
  });

  it('are refused bodies that are too large', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = `{"segment":"${'x'.repeat(50 * MEBIBYTE)}"}`;
    for (const path of ['/segment', '/counts', '/segments']) {
      const { status } = await send(base, path, { headers, body });
      expect(status, path).to.equal(413);
    }
  });

  const deep = '['.repeat(30_000) + ']'.repeat(30_000);
  const keys = Array.from({ length: 100_000 }, (_, index) => `"${index}":0`).join(',');
  for (const [what, json] of Object.entries({
    'deep JSON': `{"segment":${deep},"user_id":"u"}`,
    'JSON of 100,000 keys': `{${keys}}`,
    'keys of prototypes': '{"__proto__":{"segment":"smuggled","user_id":"u"}}',
  })) {
    it(`are refused ${what}`, async () => {
      for (const path of ['/segment', '/counts']) {
        const headers = { 'content-type': 'application/json' };
        const { status } = await send(base, path, { headers, body: json });
        expect(status, path).to.be.oneOf([400, 413]);
      }
      const lines = { headers: { 'content-type': 'application/x-ndjson' }, body: json };
      const { json: answer } = await send(base, '/segments', lines);
      expect(answer.accepted ?? 0).to.equal(0);
    });
  }

  it('cannot fill memory by gzip', async () => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' };
    const bodies = [Buffer.alloc(300 * MEBIBYTE, 'x'), Buffer.alloc(100 * MEBIBYTE, '\n')];
    for (const body of bodies) {
      const { status } = await send(base, '/segments', { headers, body: gzipSync(body) });
      expect(status).to.be.oneOf([202, 400, 413]);
    }
  });

  const inner = JSON.stringify({ segment: 'smuggled', user_id: 'u' });
  const hidden = `POST /segment HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`;
  const smuggling: Record<string, string[]> = {
    'a length and an encoding': [
      `Content-Length: ${hidden.length + 5}`,
      'Transfer-Encoding: chunked',
    ],
    'an encoding and a length': [
      'Transfer-Encoding: chunked',
      `Content-Length: ${hidden.length + 5}`,
    ],
    'two lengths': ['Content-Length: 5', `Content-Length: ${hidden.length + 5}`],
    'a list of lengths': [`Content-Length: 5, ${hidden.length + 5}`],
    'a length with a sign': ['Content-Length: +5'],
    'an encoding that is not known': ['Transfer-Encoding: xchunked'],
    'two encodings': ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
    'an encoding that is hidden by a space': ['Transfer-Encoding : chunked'],
    'an encoding on a folded line': ['Transfer-Encoding:\r\n chunked'],
    'an encoding after a bare line feed': ['X-A: b\nTransfer-Encoding: chunked'],
    'an encoding after a bare carriage return': ['X-A: b\rTransfer-Encoding: chunked'],
  };
  for (const [what, headers] of Object.entries(smuggling)) {
    it(`cannot hide a request behind ${what}`, async () => {
      const head = [
        'POST /segment HTTP/1.1',
        'Host: a',
        'Content-Type: application/json',
        ...headers,
      ];
      const answers = statuses(await answerTo(`${head.join('\r\n')}\r\n\r\n0\r\n\r\n${hidden}`));
      expect(answers).to.not.include('202');
      expect(answers.length).to.be.at.most(1);
    });
  }
});
