import { once } from 'node:events';
import { expect } from 'chai';
import { StoreStreamRequest } from '../../src/generated/segment.js';
import { framed, type Http2Calls, openHttp2 } from '../support/http2-calls.js';
import { until } from '../support/until.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const SERVICE = '/segment.v1.EstimationService';
const HEALTH = '/grpc.health.v1.Health';
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

const A_SEGMENT = framed(Buffer.from([0x0a, 1, 0x61]));
const EMPTY_BATCH = framed(
  StoreStreamRequest.encode({
    sequence: 1,
    batch: { memberships: [], packed: undefined, traceparent: '' },
  }).finish(),
);

const MOST = 40;
const ADDRESSES = ['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'];

type Calls = Pick<Http2Calls, 'session' | 'open'>;

/** What clients leave on each of their connections. */
const LEFT: Record<string, (calls: Calls) => unknown> = {
  'calls without a byte': ({ open }) => void open(`${SERVICE}/Count`),
  'calls of no such method': ({ open }) => void open(`${SERVICE}/Nothing`).stream.write(A_SEGMENT),
  'half a message': ({ open }) =>
    void open(`${SERVICE}/StoreBatch`).stream.write(framed(Buffer.alloc(9), { length: 99 })),
  'a message without an end': ({ open }) => void open(`${SERVICE}/Count`).stream.write(A_SEGMENT),
  'half a question for health': ({ open }) =>
    void open(`${HEALTH}/Check`).stream.write(framed(Buffer.alloc(0), { length: 9 })),
  'half a question for changes of health': ({ open }) => void open(`${HEALTH}/Watch`),
  'streams without a byte': ({ open }) => void open(`${SERVICE}/StoreStream`),
  'half a message of a stream': ({ open }) =>
    void open(`${SERVICE}/StoreStream`).stream.write(Buffer.alloc(3)),
  'a stream with a batch': async ({ open }) => {
    const { stream } = open(`${SERVICE}/StoreStream`);
    stream.write(EMPTY_BATCH);
    await once(stream, 'data');
  },
  'reflection without a question': ({ open }) => void open(REFLECTION),
  'an answer that is not taken': async ({ session, open }) => {
    session.settings({ initialWindowSize: 0 });
    await once(session, 'localSettings');
    const { stream } = open(`${SERVICE}/Count`);
    stream.end(A_SEGMENT);
    await once(stream, 'response');
  },
};

describe('gRPC connections whose calls nobody works on', () => {
  let es: AttackedEs;
  before(async () => {
    es = await startAttackedEs({
      ES_GRPC_MAX_CONNECTIONS: String(MOST),
      // Longer than the test takes: none of them ends because of that.
      ES_GRPC_CLIENT_TIMEOUT_MS: '600000',
    });
  });
  after(() => es.close());

  /** Resolves to the status of a call from an address, on a connection of its own. */
  async function callFrom(from: string): Promise<string> {
    const { open, close, session } = await openHttp2(es.grpcPort, from);
    if (session.destroyed) return 'closed';
    const { stream, status } = open(`${SERVICE}/Count`);
    stream.end(A_SEGMENT);
    const code = await status;
    close();
    return code;
  }

  for (const [what, leave] of Object.entries(LEFT)) {
    it(`keep nobody out: ${what}`, async () => {
      const descriptors = await es.metric('process_open_fds');
      const held = await Promise.all(
        ADDRESSES.flatMap((from) =>
          Array.from({ length: MOST / ADDRESSES.length }, () => openHttp2(es.grpcPort, from)),
        ),
      );
      await Promise.all(held.map((one) => leave(one)));
      const statuses: string[] = [];
      for (let at = 0; at < atScale(8, 30); at += 1)
        statuses.push(await callFrom(`127.0.1.${at + 1}`));
      show(`${statuses.filter((one) => one === '0').length} of ${statuses.length} get in`);
      expect(new Set(statuses)).to.deep.equal(new Set(['0']));
      for (const { close } of held) close();
      await until(async () => (await es.metric('process_open_fds')) <= descriptors);
    });
  }

  it('make room, and a stream that brings something does not', async () => {
    const { open, close } = await openHttp2(es.grpcPort);
    const { stream } = open(`${SERVICE}/StoreStream`);
    stream.write(EMPTY_BATCH);
    await once(stream, 'data');
    const others = await Promise.all(
      Array.from({ length: 3 * MOST }, (_, at) => openHttp2(es.grpcPort, `127.0.2.${at % 100}`)),
    );
    stream.write(EMPTY_BATCH);
    await once(stream, 'data');
    for (const one of [...others, { close }]) one.close();
  });
});
