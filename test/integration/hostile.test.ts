import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { countOf, send, untilReady } from '../support/http.js';
import { type Running, startNode } from '../support/process.js';
import { openRaw } from '../support/raw.js';
import { startRedis, type TestRedis } from '../support/system.js';

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
    Array.from(text.matchAll(/^HTTP\/1\.1 (\d+)/gm), ([, status]) => status);

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
