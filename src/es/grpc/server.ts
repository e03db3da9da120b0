import { logVerbosity, Server, setLogVerbosity } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { Registry } from 'prom-client';
import { EstimationServiceService } from '../../generated/segment.js';
import { type Listening, type ListenOptions, listenError } from '../../shared/http/server.js';
import { type TlsFiles, type TlsPaths, watchServerTls } from '../../shared/tls/files.js';
import { serverCredentials } from '../../shared/tls/grpc-certificates.js';
import { createClientNameInterceptors } from './client-names.js';
import { createGuardInterceptor } from './guard.js';
import { createGrpcMetricsInterceptor } from './metrics.js';
import { addReflection } from './reflection.js';
import { createRpc, type RpcOptions } from './rpc.js';
import { keepSessionHandles } from './session-handles.js';
import { createStoreStreams, type StoreStreams } from './store-streams.js';
import { readStrictly, refusingUndecodable } from './undecodable.js';

const SERVICE_NAME = 'segment.v1.EstimationService';

// What grpc-js would print on stderr by itself reaches us as errors too, and goes to our log.
setLogVerbosity(logVerbosity.NONE);

export interface GrpcLimits {
  /** Largest message that is read. */
  maxMessageBytes: number;
  /** Most calls at once on one connection. */
  maxStreams: number;
  /** How long a connection lives; then its client opens another one, and so finds new replicas. */
  maxConnectionAgeMs: number;
  /** How long a connection may be silent before its client is pinged, and how long that may take to answer. */
  keepAliveMs: number;
  /** Its certificate and the authorities of its clients. */
  tls: TlsPaths & { allowedClients: string };
}

/** How long calls may go on after their connection has come to its age. */
const AGE_GRACE_MS = 10_000;

export interface GrpcServer {
  /** What grpc.health.v1 answers; it starts as not serving. */
  setServing(serving: boolean): void;
  /** Serves until closed. Closing finishes the calls in flight, and cuts what is left at the limit. */
  listen(options: ListenOptions): Promise<Listening>;
}

/** The gRPC side of ES: EstimationService, grpc.health.v1 and server reflection. */
export function createGrpcServer(
  options: RpcOptions & { registry: Registry },
  limits: GrpcLimits,
): GrpcServer {
  const server = new Server({
    interceptors: [
      createGrpcMetricsInterceptor(options.registry),
      ...createClientNameInterceptors(limits.tls.allowedClients),
      createGuardInterceptor(options),
    ],
    'grpc.max_receive_message_length': limits.maxMessageBytes,
    'grpc.max_concurrent_streams': limits.maxStreams,
    'grpc.max_connection_age_ms': limits.maxConnectionAgeMs,
    'grpc.max_connection_age_grace_ms': AGE_GRACE_MS,
    // Node.js leaves a connection open after an error of HTTP/2, even once its client is gone.
    'grpc.keepalive_time_ms': limits.keepAliveMs,
    'grpc.keepalive_timeout_ms': limits.keepAliveMs,
  });
  const health = new HealthImplementation({ '': 'NOT_SERVING', [SERVICE_NAME]: 'NOT_SERVING' });
  const streams = createStoreStreams({ ...options, maxAgeMs: limits.maxConnectionAgeMs });
  const services = refusingUndecodable(server);
  services.addService(readStrictly(EstimationServiceService), createRpc(options, streams));
  health.addToServer(services);
  addReflection(services);

  return {
    setServing(serving) {
      for (const name of ['', SERVICE_NAME]) {
        health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
      }
    },
    listen(listenOptions) {
      const tls = watchServerTls(limits.tls, options.logger);
      return listen(server, streams, tls, { ...listenOptions, ...limits });
    },
  };
}

async function listen(
  server: Server,
  streams: StoreStreams,
  tls: TlsFiles | undefined,
  { host, port, portVariable, tls: { caFile = '' } }: ListenOptions & GrpcLimits,
): Promise<Listening> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, serverCredentials(tls, caFile !== ''), (error, boundPort) =>
      error ? reject(listenError(error, host, port, portVariable)) : resolve(boundPort),
    );
  }).catch((error) => {
    tls?.stop();
    throw error;
  });
  keepSessionHandles(server);
  return {
    port: bound,
    close: (limit) =>
      new Promise((resolve) => {
        tls?.stop();
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
