import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { openRaw } from '../support/raw.js';
import { esConfig, type System, startRedis, startSystem } from '../support/system.js';

describe('gRPC of ES, of bytes that are no message', () => {
  let system: System;
  const BROKEN = Buffer.from([0x0a, 0xff, 0xff]);
  let client: Client;
  before(async () => {
    system = await startSystem();
    client = new Client(system.grpc, credentials.createInsecure());
  });
  after(async () => {
    client.close();
    await system.close();
  });

  /** Sends messages, and resolves to how many were answered and how the call ended. */
  const callWith = (path: string, messages: readonly Buffer[]) =>
    new Promise<{ answers: number; code: status }>((resolve) => {
      const asIs = (bytes: Buffer) => bytes;
      const call = client.makeBidiStreamRequest(path, asIs, asIs);
      let answers = 0;
      call.on('data', () => {
        answers += 1;
      });
      call.on('error', ({ code }: ServiceError) => resolve({ answers, code }));
      call.on('end', () => resolve({ answers, code: status.OK }));
      for (const message of messages) call.write(message);
      call.end();
    });

  for (const path of [
    ...['Store', 'StoreBatch', 'StoreStream', 'Count', 'CountBatch', 'Overlap'].map(
      (method) => `/segment.v1.EstimationService/${method}`,
    ),
    '/grpc.health.v1.Health/Check',
    '/grpc.health.v1.Health/Watch',
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  ]) {
    it(`says ${path} that they are invalid`, async () => {
      const ending = await callWith(path, [BROKEN]);
      expect(ending).to.deep.equal({ answers: 0, code: status.INVALID_ARGUMENT });
    });
  }

  it('says so of a name that is not UTF-8', async () => {
    const request = Buffer.from([0x0a, 0x02, 0xc3, 0x28, 0x12, 0x01, 0x75]);
    const ending = await callWith('/segment.v1.EstimationService/Store', [request]);
    expect(ending).to.deep.equal({ answers: 0, code: status.INVALID_ARGUMENT });
  });

  it('ends a stream at them, whatever else is on it', async () => {
    const path = '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo';
    const list = Buffer.from([0x3a, 0x01, 0x2a]);
    for (let before = 1; before <= 5; before += 1) {
      const messages = [...Array.from({ length: before }, () => list), BROKEN, list];
      expect((await callWith(path, messages)).code).to.equal(status.INVALID_ARGUMENT);
    }
  });

  it('closes a connection that breaks HTTP/2', async () => {
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
    const settingsOfFiveBytes = Buffer.from('0000050400000000000000000000', 'hex');
    const redis = await startRedis();
    const es = await startEs(
      esConfig(redis.url, {
        grpc: { port: 0, keepAliveMs: 100 },
        shutdown: { timeoutMs: 500 },
      }),
    );
    const connection = await openRaw(es.grpcPort);
    connection.send(Buffer.concat([Buffer.from(preface), settingsOfFiveBytes]));
    await connection.ended;
    connection.close();
    await es.close();
    await redis.close();
  });
});
