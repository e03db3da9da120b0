// The naive pair, ES: a unary call for each membership, PFADD and EXPIRE for each call.
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Redis } from 'ioredis';

const [grpcPort, redisPort] = process.argv.slice(2).map(Number);
const redis = new Redis({ port: Number(redisPort) });
const key = (segment: string, daysAgo: number) =>
  `${segment}:${new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10)}`;

// biome-ignore lint/suspicious/noExplicitAny: a dynamic definition, as the naive pair would have it
const proto = loadPackageDefinition(loadSync('proto/segment.proto', { keepCase: true })) as any;
const server = new Server();
server.addService(proto.segment.v1.EstimationService.service, {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  async Store({ request }: any, callback: sendUnaryData<object>) {
    await redis.pfadd(key(request.segment, 0), request.user_id);
    await redis.expire(key(request.segment, 0), 14 * 86_400);
    callback(null, {});
  },
  // biome-ignore lint/suspicious/noExplicitAny: as above
  async Count({ request }: any, callback: sendUnaryData<object>) {
    const keys = Array.from({ length: 14 }, (_, daysAgo) => key(request.segment, daysAgo));
    callback(null, { segment: request.segment, user_count: await redis.pfcount(...keys) });
  },
});
server.bindAsync(`127.0.0.1:${grpcPort}`, ServerCredentials.createInsecure(), () => {});
