import { once } from 'node:events';
import { deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { framed, type Http2Call, type Http2Calls, openHttp2 } from '../support/http2-calls.js';
import { until } from '../support/until.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const MEBIBYTE = 1024 * 1024;
const SERVICE = '/segment.v1.EstimationService';
const BUDGET_BYTES = 16 * MEBIBYTE;

/** What a request of `Count` for a segment is. */
const COUNT = framed(Buffer.from([0x0a, 1, 0x61]));

const LIMITED = '8';
const DEADLINE = '4';
const INVALID = '3';
const UNIMPLEMENTED = '12';

describe('gRPC messages that fill memory', () => {
  let es: AttackedEs;
  const opened: Http2Calls[] = [];
  before(async () => {
    es = await startAttackedEs({
      ES_GRPC_MAX_HELD_BYTES: String(BUDGET_BYTES),
      ES_GRPC_CLIENT_TIMEOUT_MS: '1000',
    });
  });
  after(() => es.close());
  // Whatever was done, the next client is served.
  afterEach(async () => {
    const { open } = await connect();
    const call = open(`${SERVICE}/Count`);
    call.stream.end(COUNT);
    expect(await call.status).to.equal('0');
    for (const { close } of opened.splice(0)) close();
  });

  async function connect(): Promise<Http2Calls> {
    const connection = await openHttp2(es.grpcPort);
    opened.push(connection);
    return connection;
  }
  /** How much resident memory has grown at most, while something is done. */
  async function growthDuring(attack: () => Promise<void>): Promise<number> {
    const before = await es.resident();
    let most = before;
    let over = false;
    const watch = (async () => {
      while (!over) most = Math.max(most, await es.resident());
    })();
    await attack();
    over = true;
    await watch;
    show(`RSS ${toMebibytes(before)} → ${toMebibytes(most)} MiB`);
    return most - before;
  }

  const unfinished: [method: string, bytes: number][] = [
    ['StoreBatch', 7 * MEBIBYTE],
    ['StoreStream', 7 * MEBIBYTE],
    ['StoreBatch', MEBIBYTE / 2],
    ['StoreStream', 50_000],
    ['CountBatch', 200_000],
    ['Count', 15_000],
  ];
  for (const [method, bytes] of unfinished) {
    it(`holds no more than its budget of ${bytes} bytes of each ${method} that do not end`, async () => {
      const connections = await Promise.all([connect(), connect()]);
      const perConnection = method === 'StoreStream' ? 10 : atScale(50, 100);
      const statuses: string[] = [];
      const growth = await growthDuring(async () => {
        const calls = connections.flatMap(({ open }) =>
          Array.from({ length: perConnection }, () => open(`${SERVICE}/${method}`)),
        );
        for (const { stream, status } of calls) {
          stream.write(framed(Buffer.alloc(bytes), { length: bytes + 100 }));
          void status.then((one) => statuses.push(one));
        }
        await until(async () => statuses.length === calls.length);
      });
      expect(new Set([LIMITED, DEADLINE])).to.include.all.keys(statuses);
      expect(growth).to.be.lessThan(BUDGET_BYTES + 100 * MEBIBYTE);
    });
  }

  it('refuses what is too large for its method by the prefix, before it has come', async () => {
    const { open } = await connect();
    const methods = ['Store', 'Count', 'CountBatch', 'ListSegments', 'Estimate', 'DeleteSegment'];
    const calls = methods.map((method) => {
      const call = open(`${SERVICE}/${method}`);
      call.stream.write(framed(Buffer.alloc(0), { length: MEBIBYTE }));
      return call;
    });
    for (const { status } of calls) expect(await status).to.equal(LIMITED);
  });

  const compressions = { gzip: gzipSync, deflate: deflateSync };
  for (const [encoding, compress] of Object.entries(compressions)) {
    it(`makes nothing of messages compressed by ${encoding}, however many streams bring them`, async () => {
      // A field that nobody knows, of nothing but zeros.
      const zeros = framed(Buffer.alloc(8 * MEBIBYTE - 16));
      const message = framed(compress(zeros), { compressed: true });
      const connections = await Promise.all([connect(), connect()]);
      const before = await es.cpu();
      for (let left = atScale(5, 50); left > 0; left -= 1) {
        const calls = connections.flatMap(({ open }) =>
          ['Count', 'StoreBatch', ...Array(8).fill('StoreStream')].map((method) =>
            open(`${SERVICE}/${method}`, { 'grpc-encoding': encoding }),
          ),
        );
        for (const { stream } of calls) {
          stream.resume().write(Buffer.concat(Array(8).fill(message)));
        }
        for (const { stream, status } of calls) {
          expect(await status).to.equal(UNIMPLEMENTED);
          if (!stream.closed) await once(stream, 'close');
        }
      }
      show(`${(await es.cpu()) - before} s of CPU`);
    });
  }

  it('makes no objects of a message with more parts than any may have', async () => {
    const { open } = await connect();
    const parts: Record<string, Buffer> = {
      'empty memberships': Buffer.alloc(8 * MEBIBYTE - 16, Buffer.from([0x0a, 0])),
      'fields that nobody knows': Buffer.alloc(8 * MEBIBYTE - 16, Buffer.from([0x78, 1])),
    };
    for (const [what, bytes] of Object.entries(parts)) {
      const growth = await growthDuring(async () => {
        const call = open(`${SERVICE}/StoreBatch`);
        call.stream.end(framed(bytes));
        expect(await call.status, what).to.equal(INVALID);
      });
      expect(growth, what).to.be.lessThan(80 * MEBIBYTE);
    }
  });

  const slow: Record<string, (call: Http2Call) => void> = {
    'that never comes': () => {},
    'that comes by half a prefix': ({ stream }) => void stream.write(Buffer.alloc(3)),
    'that comes by its prefix': ({ stream }) =>
      void stream.write(framed(Buffer.alloc(0), { length: 9 })),
    'that comes without an end': ({ stream }) => void stream.write(COUNT),
    'that comes byte by byte': ({ stream }) => {
      stream.write(framed(Buffer.alloc(0), { length: 10_000 }));
      const timer = setInterval(() => stream.write(Buffer.alloc(1)), 50);
      stream.once('close', () => clearInterval(timer));
    },
  };
  for (const [what, send] of Object.entries(slow)) {
    it(`waits only so long for a request ${what}`, async () => {
      const { open } = await connect();
      const call = open(`${SERVICE}/Count`);
      send(call);
      expect(await call.status).to.equal(DEADLINE);
    });
  }

  it('waits only so long for a message that was begun on a stream, and for ever for one that was not', async () => {
    const { open } = await connect();
    const [silent, begun] = [open(`${SERVICE}/StoreStream`), open(`${SERVICE}/StoreStream`)];
    begun.stream.write(Buffer.alloc(1));
    expect(await begun.status).to.equal(DEADLINE);
    expect(silent.stream.closed).to.equal(false);
    silent.stream.end();
    expect(await silent.status).to.equal('0');
  });
});

function toMebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE);
}
