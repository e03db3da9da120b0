import { logVerbosity, Server, setLogVerbosity } from '@grpc/grpc-js';
import { Counter, type Registry } from 'prom-client';
import type { Guard } from '../../auth/guard.js';
import { EstimationServiceService } from '../../generated/segment.js';
import type { Listening, ListenOptions } from '../../http/connection/server.js';
import type { Clients } from '../../limits/clients.js';
import type { Logger } from '../../telemetry/logger.js';
import type { RequestLog } from '../../telemetry/request-log.js';
import { type TlsPaths, watchServerTls } from '../../tls/files.js';
import { createAdmission } from './admission.js';
import { type CallLimitOptions, createCallLimits } from './call-limits.js';
import { type ConnectionLimits, createConnections } from './connections.js';
import { unseenStreamsOf } from './grpc-internals.js';
import { createGuardInterceptor } from './guard-interceptor.js';
import { createHealth } from './health.js';
import { listenForCalls } from './listener.js';
import { maxMessageBytesOf } from './method-limits.js';
import { createMethods, type MethodsOptions } from './methods.js';
import { createCallMetrics } from './metrics.js';
import { createPlainCalls } from './plain-calls.js';
import { createPlainMethods } from './plain-methods.js';
import { createPeers } from './plain-peers.js';
import { addReflection } from './reflection.js';
import { createRpc } from './rpc.js';
import { createStoreStreams } from './store-stream-server.js';
import { readStrictly, refusingUndecodable } from './undecodable.js';

const SERVICE_NAME = 'segment.v1.EstimationService';

// grpc-js would print errors on stderr that it also reports, and that ES logs.
setLogVerbosity(logVerbosity.NONE);

export interface GrpcLimits extends CallLimitOptions, ConnectionLimits {
  /** Maximum of simultaneous calls on one connection. */
  maxStreams: number;
  /** Maximum age of a connection, in milliseconds. Then its client opens a new one, and so finds new replicas. */
  maxConnectionAgeMs: number;
  /**
   * How long a connection may be silent before the server pings its client, and how long the answer may take, in
   * milliseconds.
   */
  keepAliveMs: number;
  /** Its certificate and the authorities of its clients. */
  tls: TlsPaths & { allowedClients: string };
}

/** How long calls may go on after their connection has reached its maximum age, in milliseconds. */
const AGE_GRACE_MS = 10_000;

export interface GrpcServer {
  /** Sets what grpc.health.v1 answers. @default false */
  setServing(serving: boolean): void;
  /**
   * Serves until closed. Closing waits for the calls in flight, and cuts off those that have not ended at the time limit.
   */
  listen(options: ListenOptions): Promise<Listening>;
}

export interface GrpcServerOptions extends MethodsOptions {
  guard: Guard;
  clients: Clients;
  registry: Registry;
  requestLog: RequestLog;
  logger: Logger;
}

/** The gRPC side of ES: EstimationService, grpc.health.v1 and server reflection. */
export function createGrpcServer(options: GrpcServerOptions, limits: GrpcLimits): GrpcServer {
  const limited = new Counter({
    registers: [options.registry],
    name: 'segmentation_grpc_server_limited_total',
    help: 'What was refused, and connections that were closed, by the limit that it went beyond.',
    labelNames: ['limit'],
  });
  const connections = createConnections(limits, (limit) => limited.inc({ limit }));
  const calls = createCallLimits(limits, connections, limited, options.clients.nameOf);
  const metrics = createCallMetrics(options.registry);
  const admit = createAdmission(options, limits.tls.allowedClients);
  const server = new Server({
    interceptors: [calls.interceptor, createGuardInterceptor(admit, options.requestLog)],
    // Nobody reads the data that channelz would keep for every call.
    'grpc.enable_channelz': 0,
    'grpc.max_concurrent_streams': limits.maxStreams,
    'grpc.max_connection_age_ms': limits.maxConnectionAgeMs,
    'grpc.max_connection_age_grace_ms': AGE_GRACE_MS,
    'grpc.max_connection_idle_ms': limits.idleTimeoutMs,
    // After an HTTP/2 error Node.js leaves a connection open, even if its client has gone.
    'grpc.keepalive_time_ms': limits.keepAliveMs,
    'grpc.keepalive_timeout_ms': limits.keepAliveMs,
  });
  const health = createHealth([SERVICE_NAME]);
  const streams = createStoreStreams({ ...options, maxAgeMs: limits.maxConnectionAgeMs });
  const services = refusingUndecodable(server);
  const methods = createMethods(options);
  services.addService(
    readStrictly(EstimationServiceService),
    createRpc(methods, options.requestLog, streams.handle),
  );
  health.addToServer(services);
  addReflection(services, options);
  const plain = createPlainMethods({
    admit,
    waits: calls.waits,
    held: calls.held,
    clientOf: options.clients.nameOf,
    onLimited: (limit) => limited.inc({ limit }),
    connections,
    peerOf: createPeers(unseenStreamsOf(server)),
    requestLog: options.requestLog,
    metrics,
    maxBytesOf: (path) => maxMessageBytesOf(path, limits.maxMessageBytes),
  });
  const shortWay = createPlainCalls(
    new Map([
      plain(EstimationServiceService.store, methods.store),
      plain(EstimationServiceService.count, methods.count),
    ]),
  );

  return {
    setServing: health.setServing,
    async listen(listenOptions) {
      const tls = watchServerTls(limits.tls, options.logger);
      const stop = () => {
        tls?.stop();
        calls.stop();
        connections.stop();
      };
      try {
        const { caFile = '' } = limits.tls;
        const clientsNeedCertificates = caFile !== '';
        const { logger } = options;
        const listener = { ...limits, tls, clientsNeedCertificates, shortWay, metrics, logger };
        const listening = await listenForCalls(server, connections, {
          ...listenOptions,
          ...listener,
        });
        return {
          port: listening.port,
          async close(limit) {
            const closed = listening.close(limit);
            streams.drain();
            await closed;
            stop();
          },
        };
      } catch (error) {
        stop();
        throw error;
      }
    },
  };
}
