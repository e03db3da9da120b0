import { compressionAlgorithms, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { EstimationServiceClient } from '../../src/generated/segment.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';

describe('clients of gRPC that compress their messages', () => {
  let redis: TestRedis;
  let es: Es;
  before(async () => {
    redis = await startRedis();
    es = await startEs(esConfig(redis.url));
    await es.ready;
  });
  after(async () => {
    await es.close();
    await redis.close();
  });

  for (const name of ['gzip', 'deflate'] as const) {
    it(`are told that ${name} is not taken, and go on without`, async () => {
      const client = new EstimationServiceClient(
        `127.0.0.1:${es.grpcPort}`,
        credentials.createInsecure(),
        { 'grpc.default_compression_algorithm': compressionAlgorithms[name] },
      );
      const codes: (number | undefined)[] = [];
      for (let times = 0; times < 3; times += 1) {
        codes.push(
          await new Promise((resolve) =>
            client.count({ segment: 's', days: undefined }, (error: ServiceError | null) =>
              resolve(error?.code),
            ),
          ),
        );
      }
      client.close();
      expect(codes).to.deep.equal([status.UNIMPLEMENTED, undefined, undefined]);
    });
  }
});
