import { expect } from 'chai';
import { type Http2Calls, openHttp2 } from '../support/http2-calls.js';
import { show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const MIB = 1024 * 1024;
const CHECK = '/grpc.health.v1.Health/Check';
const CALLS = 90;

/** Metadata of which a few bytes on the wire stand for much, as HPACK has it in its table. */
const HEADERS: Record<string, Record<string, string | string[]>> = {
  'more than a call may have': { 'x-bin': Array(20).fill(','.repeat(2_900)) },
  'as much as a call may have, in one': { 'x-bin': ','.repeat(12_000) },
  'as much as a call may have, in several': {
    'a-bin': ','.repeat(4_000),
    'b-bin': ','.repeat(4_000),
  },
};

describe('Calls of gRPC whose headers are more than their bytes', () => {
  let es: AttackedEs;
  let connection: Http2Calls;
  beforeEach(async () => {
    es = await startAttackedEs();
    connection = await openHttp2(es.grpcPort);
  });
  afterEach(async () => {
    connection.close();
    await es.close();
  });

  for (const [what, headers] of Object.entries(HEADERS)) {
    it(`take no memory to speak of: ${what}`, async () => {
      const before = await es.resident();
      const calls = Array.from({ length: CALLS }, () =>
        connection.open(CHECK, headers as Record<string, string>),
      );
      // Behind all of them.
      const last = connection.open('/nowhere');
      last.stream.end();
      await Promise.race([last.status, connection.closed]);
      const grown = (await es.resident()) - before;
      show(`${what}: ${Math.round(grown / MIB)} MiB`);
      expect(grown).to.be.below(80 * MIB);
      for (const { stream } of calls) stream.close();
    });
  }
});
