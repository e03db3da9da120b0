import { once } from 'node:events';
import { expect } from 'chai';
import { StoreStreamRequest } from '../../src/generated/segment.js';
import { framed, type Http2Call, openHttp2 } from '../support/http2-calls.js';
import { until } from '../support/until.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const MEBIBYTE = 1024 * 1024;
const SERVICE = '/segment.v1.EstimationService';
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
const UNAUTHENTICATED = '16';

/** More on a connection than may go on there, of each method. */
const CALLS = 90;

/** Longer than the test may take: what is let go is not let go because of it. */
const CLIENT_TIMEOUT_MS = 600_000;

describe('gRPC calls that have their status, and whose clients do not end them', () => {
  let es: AttackedEs;
  before(async () => {
    es = await startAttackedEs({
      ES_AUTH_MODE: 'api-key',
      ES_AUTH_API_KEYS: JSON.stringify([
        { name: 'k', sha256: 'a'.repeat(64), scopes: ['segments:read'] },
      ]),
      ES_GRPC_CLIENT_TIMEOUT_MS: String(CLIENT_TIMEOUT_MS),
    });
  });
  after(() => es.close());

  const methods = ['Count', 'StoreBatch', 'StoreStream', 'DeleteSegment', 'Nothing'];
  for (const path of [...methods.map((name) => `${SERVICE}/${name}`), REFLECTION]) {
    it(`are closed at once: ${path}`, async () => {
      const { open, close } = await openHttp2(es.grpcPort);
      // Each round would find no place if those before kept theirs.
      for (let round = 0; round < 3; round += 1) {
        const calls: Http2Call[] = Array.from({ length: CALLS }, () => open(path));
        for (const { stream, status } of calls) {
          if (!stream.closed) await once(stream, 'close');
          expect(await status).to.be.oneOf([UNAUTHENTICATED, '8', '12']);
          expect(stream.rstCode).to.equal(0);
        }
      }
      close();
    });
  }
});

describe('gRPC messages that are whole, of calls that do not end', function () {
  this.timeout(120_000);
  const budget = 16 * MEBIBYTE;
  let es: AttackedEs;
  before(async () => {
    es = await startAttackedEs({
      ES_GRPC_MAX_HELD_BYTES: String(budget),
      ES_GRPC_CLIENT_TIMEOUT_MS: '3000',
    });
  });
  after(() => es.close());

  for (const bytes of [7 * MEBIBYTE, MEBIBYTE / 2]) {
    it(`are let go when there are too many, ${bytes} bytes each`, async () => {
      const before = await es.resident();
      const { open, close } = await openHttp2(es.grpcPort);
      const calls = Array.from({ length: atScale(40, 90) }, () => open(`${SERVICE}/StoreBatch`));
      const statuses: string[] = [];
      for (const { stream, status } of calls) {
        stream.write(framed(Buffer.alloc(bytes)));
        void status.then((one) => statuses.push(one));
      }
      let most = before;
      await until(async () => {
        most = Math.max(most, await es.resident());
        return statuses.length === calls.length;
      });
      show(`RSS grew by ${Math.round((most - before) / MEBIBYTE)} MiB`);
      expect(most - before).to.be.lessThan(budget + 110 * MEBIBYTE);
      close();
    });
  }

  it('are answered on a stream only as far as the answers are taken', async () => {
    const { session, open, close } = await openHttp2(es.grpcPort);
    session.settings({ initialWindowSize: 0 });
    await once(session, 'localSettings');
    const { stream, status } = open(`${SERVICE}/StoreStream`);
    const request = StoreStreamRequest.encode({
      sequence: 1,
      batch: { memberships: [], packed: undefined },
    }).finish();
    stream.write(framed(request));
    // It is cut, though it has sent no part of a message that it owes the rest of.
    expect(await status).to.equal('reset 8');
    close();
  });
});
