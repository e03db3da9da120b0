import { createAccess } from '../auth/access.js';
import type { Listening } from '../http/connection/server.js';
import { listenRest } from '../http/rest.js';
import type { Route } from '../http/route.js';
import { createClients } from '../limits/clients.js';
import { inUrl } from '../process/host-in-url.js';
import { acquire, type Closable } from '../process/lifecycle.js';
import { createReadiness } from '../process/readiness.js';
import { createRuntime } from '../process/runtime.js';
import { createSegmentServices } from '../segment-service/services.js';
import { showDependencies } from '../telemetry/metrics/dependencies.js';
import { type EsConfig, esRemarks } from './config.js';
import { createGrpcServer } from './grpc/server.js';
import { openEstimator } from './open-estimator.js';
import { createFloor, withFloor } from './queries/floor.js';
import { createQueries } from './queries/queries.js';
import { startConsumer } from './queue/start-consumer.js';
import { startRedisProbe } from './redis/health/redis-probe.js';
import { startWarming } from './redis/warming/start-warming.js';
import { esApi } from './rest/api.js';
import { createPageRoutes } from './rest/page-routes.js';
import { createQueryRoutes } from './rest/routes.js';
import { traceBackend } from './traced-backend.js';

export interface Es extends Closable {
  /** The port of REST. */
  httpPort: number;
  /** The port of gRPC. */
  grpcPort: number;
  /** Resolves when ES can do its work for the first time. */
  ready: Promise<void>;
  /** Every route of REST. */
  routes: readonly Route[];
}

/**
 * Starts ES. It serves immediately, and is ready when Redis is ready.
 *
 * @param ownNow a clock in milliseconds, instead of the clock of Redis
 * @throws StartError if a port is taken
 */
export function startEs(config: EsConfig, ownNow?: () => number): Promise<Es> {
  const { delayMs, timeoutMs } = config.shutdown;
  return acquire(delayMs + timeoutMs, async (onRelease) => {
    const runtime = await createRuntime(
      {
        name: 'es',
        config,
        remarks: esRemarks(config),
        connections: {
          ES_HTTP_MAX_CONNECTIONS: config.http.maxConnections,
          ES_GRPC_MAX_CONNECTIONS: config.grpc.maxConnections,
        },
      },
      onRelease,
    );
    const { logger, requestLog, metrics, tracing, connections } = runtime;
    const { registry } = metrics;

    // The estimator, and the limits of its clients.
    const { estimator, now, opened } = openEstimator(
      config,
      { logger, metrics, now: ownNow },
      onRelease,
    );
    const hosts = [config.http.host, config.grpc.host];
    const clients = createClients(config.http, now);
    const { attempts } = clients;
    const access = createAccess({ prefix: 'ES', config, hosts, attempts, now, logger });
    const windowDays = config.window.days;
    const floor = createFloor(config.minReportedCount, windowDays);
    const backend = withFloor(traceBackend(estimator, tracing), floor);
    const { forClients, forItself, onInvalid } = createSegmentServices(backend, {
      queue: config.queue,
      newSegmentsPerMinute: config.newSegmentsPerMinute,
      count: estimator.count,
      clients,
      metrics,
      tracing,
      now,
    });
    const { listMaxBytes } = config;
    const queries = createQueries(estimator, { now, floor, clients, listMaxBytes });
    onRelease(() => queries.close());

    const grpc = createGrpcServer(
      {
        service: forClients,
        queries,
        now,
        logger,
        requestLog,
        tracing,
        guard: access.guard,
        clients,
        registry,
        missing: () => readiness.missing(),
      },
      {
        ...config.grpc,
        maxConnections: connections.ES_GRPC_MAX_CONNECTIONS,
        trustedProxies: config.http.trustedProxies,
      },
    );
    // Whether it is ready.
    const probe = startRedisProbe({
      config: config.redis,
      opened,
      estimator,
      logger,
      onChange: (ok) => grpc.setServing(ok && !readiness.stopping),
    });
    onRelease(() => probe.stop());
    onRelease(startWarming(estimator.warmer, logger));
    const queue = startConsumer(
      { ...config.rabbitmq, service: forItself, now, logger, registry, tracing },
      onRelease,
    );
    const readiness = createReadiness({
      required: { redis: probe },
      ...(queue && { optional: { rabbitmq: queue.probe }, details: queue.consumer.details }),
      delayMs,
      onStandDown: () => {
        logger.info('stopping');
        grpc.setServing(false);
      },
    });
    showDependencies(registry, readiness);

    // The listeners of REST and gRPC.
    const listeners: Listening[] = [];
    onRelease(async (limit) => {
      await Promise.all(listeners.map((listener) => listener.close(limit)));
    });
    const { unknownMembers } = config.http;
    const http = await listenRest(
      {
        segments: forClients,
        onInvalid,
        api: esApi(windowDays),
        ownRoutes: [
          ...createQueryRoutes(queries, { clients, unknownMembers }, windowDays),
          ...createPageRoutes(access.docs, windowDays),
        ],
        readiness,
        access,
        clients,
        now,
        logger,
        requestLog,
        metrics,
        tracing,
      },
      {
        ...config.http,
        maxConnections: connections.ES_HTTP_MAX_CONNECTIONS,
        portVariable: 'ES_HTTP_PORT',
      },
    );
    listeners.push(http);
    const rpc = await grpc.listen({ ...config.grpc, portVariable: 'ES_GRPC_PORT' });
    listeners.push(rpc);

    onRelease(() => readiness.standDown());

    logger.info(
      `REST on ${inUrl(config.http.host)}:${http.port}, gRPC on ${inUrl(config.grpc.host)}:${rpc.port}`,
    );
    return { httpPort: http.port, grpcPort: rpc.port, ready: probe.ready, routes: http.routes };
  });
}
