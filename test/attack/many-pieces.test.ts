import { type ClientRequest, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { send } from '../support/http.js';
import { framed, openHttp2 } from '../support/http2-calls.js';
import { createRpcClient } from '../support/rpc.js';
import { until } from '../support/until.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const MIB = 1024 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };

/** An address that the clients of these tests are not from. */
const ELSEWHERE = '127.0.0.77';

const HEALTH = '/grpc.health.v1.Health/Check';
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
const COUNT = '/segment.v1.EstimationService/Count';
const COUNT_BATCH = '/segment.v1.EstimationService/CountBatch';

/** More than anything that is held in small pieces. */
const memberships = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ segment: 's', user_id: `${at}`.padStart(100, 'u') }));

describe('What one client has kept in many small pieces', function () {
  this.timeout(120_000);
  let es: AttackedEs;
  afterEach(() => es.close());

  /** Bodies of JSON that do not end, `bytes` of each come. */
  function holdBodies(count: number, bytes: number, zipped: boolean): ClientRequest[] {
    const text = Buffer.from(`[${' '.repeat(bytes)}`);
    const headers = zipped ? { ...JSON_TYPE, 'content-encoding': 'gzip' } : JSON_TYPE;
    // Without its end, so that it is waited for.
    const part = zipped ? gzipSync(Buffer.concat([text, Buffer.alloc(1)])).subarray(0, -9) : text;
    return Array.from({ length: count }, () => {
      const options = { method: 'POST', headers, localAddress: ELSEWHERE, agent: false } as const;
      const client = request(`${es.base}/segments`, options);
      client.on('error', () => {});
      client.write(part);
      return client;
    });
  }

  for (const [bytes, zipped] of [
    [200_000, true],
    [200_000, false],
    [40_000, false],
  ] as const) {
    it(`keeps no larger body of another out: bodies of ${bytes} bytes${zipped ? ', zipped' : ''}`, async () => {
      // An eighth of it is 16 MB.
      es = await startAttackedEs({ NODE_OPTIONS: '--max-old-space-size=128' });
      const before = await es.metric('process_open_fds');
      const held = holdBodies(Math.ceil((28 * MIB) / bytes), bytes, zipped);
      await until(
        async () => (await es.metric('process_open_fds')) - before > (28 * MIB) / bytes / 2,
      );
      const statuses: number[] = [];
      for (let at = 0; at < atScale(8, 35); at += 1) {
        const { status } = await send(es.base, '/segments', { body: memberships(4_000) });
        statuses.push(status);
      }
      show(`${statuses.filter((status) => status === 202).length} of ${statuses.length} stored`);
      expect(new Set(statuses)).to.deep.equal(new Set([202]));
      for (const client of held) client.destroy();
    });
  }

  const pieces: [path: string, bytes: number, perConnection: number][] = [
    [COUNT, 15_000, 90],
    [COUNT_BATCH, 100_000, 20],
    [HEALTH, 15_000, 90],
    [HEALTH, 400, 90],
    [REFLECTION, 15_000, 2],
  ];
  for (const [path, bytes, perConnection] of pieces) {
    it(`keeps no batch of another out: ${path}, ${bytes} bytes each`, async () => {
      es = await startAttackedEs({ ES_GRPC_MAX_HELD_BYTES: String(2 * MIB) });
      const connections = await Promise.all([1, 2, 3].map(() => openHttp2(es.grpcPort, ELSEWHERE)));
      const calls = connections.flatMap(({ open }) =>
        Array.from({ length: perConnection }, () => open(path)),
      );
      for (const { stream } of calls) {
        stream.write(framed(Buffer.alloc(bytes), { length: bytes + 100 }));
      }
      await Promise.all(
        connections.map(({ session }) => new Promise((resolve) => session.ping(resolve))),
      );
      const rpc = createRpcClient(`127.0.0.1:${es.grpcPort}`);
      const outcomes: unknown[] = [];
      for (let at = 0; at < 8; at += 1) {
        const stored = rpc.call('storeBatch', { memberships: memberships(7_000) });
        outcomes.push(
          await stored.then(
            () => 0,
            ({ code }) => code,
          ),
        );
      }
      show(`${outcomes.filter((code) => code === 0).length} of ${outcomes.length} stored`);
      expect(new Set(outcomes)).to.deep.equal(new Set([0]));
      rpc.close();
      for (const { close } of connections) close();
    });
  }

  it('is no large message of what takes names only', async () => {
    es = await startAttackedEs();
    const { open, close } = await openHttp2(es.grpcPort);
    const paths = [
      HEALTH,
      '/grpc.health.v1.Health/Watch',
      REFLECTION,
      REFLECTION.replace('v1', 'v1alpha'),
    ];
    for (const path of paths) {
      const { stream, status } = open(path);
      stream.write(framed(Buffer.alloc(0), { length: 600 }));
      expect(await status, path).to.equal('8');
    }
    close();
  });
});
