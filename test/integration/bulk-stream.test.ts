import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { expect } from 'chai';
import { type Received, send } from '../support/http.js';
import { type Running, startNode } from '../support/process.js';
import { startRedis, type TestRedis } from '../support/system.js';

const MIB = 1024 * 1024;

/** A heap so small that whoever keeps what it has read runs out of it. */
const SMALL_HEAP = { NODE_OPTIONS: '--max-old-space-size=64 --max-semi-space-size=8' };

describe('a bulk body of any length', () => {
  let redis: TestRedis;
  let es: Running;
  let uss: Running;
  let base: string;
  before(async () => {
    redis = await startRedis();
    es = startNode('dist/es/main.js', {
      ...SMALL_HEAP,
      ES_REDIS_URL: redis.url,
      ES_HTTP_PORT: '0',
      ES_GRPC_PORT: '0',
    });
    const [, grpc] = await es.printed(/gRPC on 127\.0\.0\.1:(\d+)/);
    uss = startNode('dist/uss/main.js', {
      ...SMALL_HEAP,
      USS_ES_ADDRESS: `dns:///127.0.0.1:${grpc}`,
      USS_HTTP_PORT: '0',
      USS_HTTP_UNKNOWN_MEMBERS: 'ignore',
    });
    const [, port] = await uss.printed(/REST on 127\.0\.0\.1:(\d+)/);
    await uss.printed(/is reached/);
    base = `http://127.0.0.1:${port}`;
  });
  after(async () => {
    await uss.kill();
    await es.kill();
    await redis.close();
  });

  /** Sends pieces made on the fly. */
  function post(
    pieces: Iterable<string | Buffer>,
    headers: Record<string, string> = {},
  ): Promise<Received> {
    const raw = Readable.from(pieces, { objectMode: false });
    const body = headers['content-encoding'] === 'gzip' ? raw.pipe(createGzip({ level: 1 })) : raw;
    return send(base, '/segments', {
      body,
      headers: { 'content-type': 'application/x-ndjson', ...headers },
    });
  }

  /** The most memory USS has had, in bytes. */
  function peakMemory(): number {
    const status = readFileSync(`/proc/${uss.child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  function* rows(total: number): Generator<string> {
    for (let first = 0; first < total; first += 500) {
      let text = '';
      for (let row = first; row < first + 500; row += 1) {
        text += `{"segment":"bulk${row % 7}","user_id":"u${row}","more":"${'x'.repeat(200)}"}\n`;
      }
      yield text;
    }
  }

  function* repeated(piece: Buffer, times: number): Generator<Buffer> {
    for (let count = 0; count < times; count += 1) yield piece;
  }

  it('takes memory that does not grow with it', async () => {
    await post(rows(300_000));
    const before = peakMemory();
    for (const [total, headers] of [
      [1_000_000, {}],
      [300_000, { 'content-encoding': 'gzip' }],
    ] as const) {
      const { status, json } = await post(rows(total), headers);
      expect([status, json]).to.deep.equal([202, { accepted: total, rejected: 0, errors: [] }]);
    }
    expect(peakMemory() - before).to.be.lessThan(100 * MIB);
  });

  it('holds neither a line without end nor a gzip that unfolds to much', async () => {
    const before = peakMemory();
    const much = Buffer.alloc(MIB, 'x');
    for (const headers of [{}, { 'content-encoding': 'gzip' }]) {
      const { status, json } = await post(repeated(much, 300), headers);
      expect(status).to.equal(400);
      expect(json.detail).to.match(/^a line must be at most 16384 bytes; \d+ bytes of longer ones/);
    }
    const array = await post(repeated(Buffer.alloc(MIB, ' '), 300), {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    });
    expect(array.status).to.equal(413);
    // An eighth of the heap, which is less than 16 MiB.
    expect(array.json.detail).to.match(
      /^the body must be at most (?!16777216)\d+ bytes; NDJSON has no limit$/,
    );
    expect(peakMemory() - before).to.be.lessThan(150 * MIB);
  });

  it('lets a client that sends too much read the answer', async () => {
    const { status } = await send(base, '/segment', {
      body: Readable.from(repeated(Buffer.alloc(65_536, ' '), 100), { objectMode: false }),
      headers: { 'content-type': 'application/json' },
    });
    expect(status).to.equal(413);
  });

  it('says what was stored when ES goes away in the middle', async () => {
    function* untilKilled(): Generator<string> {
      let sent = 0;
      for (const text of rows(2_000_000)) {
        sent += 1;
        if (sent === 400) es.child.kill('SIGKILL');
        yield text;
      }
    }
    const { status, json } = await post(untilKilled());
    expect(status).to.equal(503);
    expect(json.detail).to.match(/safe to send the whole body again$/);
    expect(json.accepted).to.be.within(10_000, 1_000_000);
  });
});
