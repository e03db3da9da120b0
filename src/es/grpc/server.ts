import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { type Listening, type ListenOptions, listenError } from '../../shared/http/server.js';
import { addReflection } from './reflection.js';
import { createRpc, type RpcOptions, rpcDefinition } from './rpc.js';
import { createStoreStreams, type StoreStreams } from './store-streams.js';

const SERVICE_NAME = 'segment.v1.EstimationService';

// What grpc-js would print on stderr by itself reaches us as errors too, and goes to our log.
setLogVerbosity(logVerbosity.NONE);

/** Room for 10,000 of the longest memberships. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

export interface GrpcServer {
  /** What grpc.health.v1 answers; it starts as not serving. */
  setServing(serving: boolean): void;
  /** Serves until closed. Closing finishes the calls in flight, and cuts what is left at the limit. */
  listen(options: ListenOptions): Promise<Listening>;
}

/** The gRPC side of ES: EstimationService, grpc.health.v1 and server reflection. */
export function createGrpcServer(options: RpcOptions): GrpcServer {
  const server = new Server({ 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES });
  const health = new HealthImplementation({ '': 'NOT_SERVING', [SERVICE_NAME]: 'NOT_SERVING' });
  const streams = createStoreStreams(options);
  server.addService(rpcDefinition(), createRpc(options, streams));
  health.addToServer(server);
  addReflection(server);

  return {
    setServing(serving) {
      for (const name of ['', SERVICE_NAME]) {
        health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
      }
    },
    listen: (options) => listen(server, streams, options),
  };
}

async function listen(
  server: Server,
  streams: StoreStreams,
  { host, port, portVariable }: ListenOptions,
): Promise<Listening> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, boundPort) =>
      error ? reject(listenError(error, host, port, portVariable)) : resolve(boundPort),
    );
  });
  return {
    port: bound,
    close: (limit) =>
      new Promise((resolve) => {
        const force = () => {
          server.forceShutdown();
          resolve();
        };
        if (limit.aborted) return force();
        limit.addEventListener('abort', force);
        server.tryShutdown(() => resolve());
        streams.drain();
      }),
  };
}
