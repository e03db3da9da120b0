import { createAccess } from '../auth/access.js';
import type { Listening } from '../http/connection/server.js';
import { listenRest } from '../http/rest.js';
import type { Route } from '../http/route.js';
import { createClients } from '../limits/clients.js';
import { shareOfHeap } from '../limits/heap.js';
import { fitToDescriptors, watchDescriptors } from '../process/descriptors.js';
import { inUrl } from '../process/in-url.js';
import { acquire, type Closable } from '../process/lifecycle.js';
import { createReadiness } from '../process/readiness.js';
import { listenToSignals } from '../process/signals.js';
import { createLimitedService } from '../segment-service/limited-service.js';
import { limitNewSegments } from '../segment-service/new-segments.js';
import { createSegmentService } from '../segment-service/segment-service.js';
import { traceBackend } from '../segment-service/traced-backend.js';
import { createLogger } from '../telemetry/logger.js';
import { showDependencies } from '../telemetry/metrics/dependencies.js';
import { createMetrics } from '../telemetry/metrics/metrics.js';
import { createRequestLog } from '../telemetry/request-log.js';
import { startTracing } from '../telemetry/tracing/tracing.js';
import { type EsConfig, esRemarks } from './config.js';
import { createEstimator } from './estimator.js';
import { createGrpcServer } from './grpc/server.js';
import { createFloor, withFloor } from './queries/floor.js';
import { createQueries } from './queries/queries.js';
import { startConsumer } from './queue/start.js';
import { createDamageLog } from './redis/health.js';
import { openRedis } from './redis/open.js';
import { startRedisProbe } from './redis/probe.js';
import { showAtStake } from './redis/replay-metrics.js';
import { countMerges, showSegments } from './redis/segment-metrics.js';
import { esApi } from './rest/api.js';
import { createPageRoutes } from './rest/page-routes.js';
import { createQueryRoutes } from './rest/routes.js';

export interface Es extends Closable {
  /** The port of REST. */
  httpPort: number;
  /** The port of gRPC. */
  grpcPort: number;
  /** Resolves when it first can do its work. */
  ready: Promise<void>;
  /** Every route of REST. */
  routes: readonly Route[];
}

/**
 * Starts ES. It serves at once, and is ready when Redis is.
 *
 * @param ownNow a clock in milliseconds, in place of that of Redis
 * @throws StartError when a port is taken
 */
export function startEs(config: EsConfig, ownNow?: () => number): Promise<Es> {
  const { delayMs, timeoutMs } = config.shutdown;
  return acquire(delayMs + timeoutMs, async (onRelease) => {
    const logger = createLogger('es', config.log);
    for (const { level, text } of esRemarks(config)) logger[level](text);
    const metrics = createMetrics(config.metrics);
    const { registry, memberships } = metrics;
    const log = createRequestLog(logger, config.log.accessSample);
    onRelease(listenToSignals(logger, config.diagnosticsDirectory));
    onRelease(watchDescriptors(logger));
    const connections = fitToDescriptors(
      {
        ES_HTTP_MAX_CONNECTIONS: config.http.maxConnections,
        ES_GRPC_MAX_CONNECTIONS: config.grpc.maxConnections,
      },
      logger,
    );
    const tracing = await startTracing('es', config.tracing, logger);
    onRelease(() => tracing?.close());
    const opened = openRedis(config.redis, {
      ...{ logger, registry, onRelease },
      measured: metrics.enabled,
    });
    const { redis, reads, clock } = opened;
    const now = ownNow ?? clock.now;
    const hosts = [config.http.host, config.grpc.host];
    const clients = createClients(config.http, now);
    const { attempts } = clients;
    const access = createAccess({ prefix: 'ES', config, hosts, attempts, now, logger });
    const windowDays = config.window.days;
    const unreplicatedMaxBytes = shareOfHeap(config.redis.unreplicatedMaxBytes);
    const estimator = createEstimator({
      ...{ ...config.redis, unreplicatedMaxBytes },
      redis,
      reads,
      windowDays,
      maxSegments: config.maxSegments,
      userIdSecret: config.userIdSecret,
      now,
      clock,
      onMerge: countMerges(registry),
      onDamaged: createDamageLog(logger),
      onReplayed: (memberships) =>
        logger.warn(
          `another Redis has taken over; stored the last ${memberships} memberships again`,
        ),
    });
    showAtStake(registry, estimator.atStake, unreplicatedMaxBytes);
    showSegments(registry, estimator.reader, config.maxSegments);
    const mostSegments = estimator.mostSegments;
    if (mostSegments > 2 * config.maxSegments) {
      logger.warn(
        `ES_MAX_SEGMENTS=${config.maxSegments} is too few for the slots of a Cluster, each of which has its share: up to ${mostSegments} segments may become known`,
      );
    }
    const floor = createFloor(config.minReportedCount, windowDays);
    const queueing = { ...config.queue, nameOf: clients.nameOf };
    const segments = createSegmentService(
      memberships.measure(withFloor(traceBackend(estimator, tracing, 'redis'), floor)),
      queueing,
      memberships.queue,
      tracing,
    );
    memberships.showQueue(segments, config.queue.maxQueued);
    const service = createLimitedService(
      limitNewSegments(segments, {
        perMinute: config.newSegmentsPerMinute,
        count: estimator.count,
        queue: queueing,
        now,
        onRefused: memberships.limited,
      }),
      clients.quota,
    );
    const queries = createQueries(estimator, {
      now,
      floor,
      clients,
      listMaxBytes: config.listMaxBytes,
    });
    onRelease(() => queries.close());
    const grpc = createGrpcServer(
      {
        ...{ service, queries, now, logger, log, tracing, guard: access.guard, clients, registry },
        missing: () => readiness.missing(),
      },
      {
        ...config.grpc,
        maxConnections: connections.ES_GRPC_MAX_CONNECTIONS,
        trustedProxies: config.http.trustedProxies,
      },
    );
    const probe = startRedisProbe({
      ...{ config: config.redis, opened, estimator, logger },
      onChange: (ok) => grpc.setServing(ok && !readiness.stopping),
    });
    onRelease(() => probe.stop());
    const queue = startConsumer(
      { ...config.rabbitmq, service: segments, now, logger, registry, tracing },
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

    const { unknownMembers } = config.http;
    const listeners: Listening[] = [];
    onRelease(async (limit) => {
      await Promise.all(listeners.map((listener) => listener.close(limit)));
    });
    const http = await listenRest(
      {
        segments: service,
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
        requestLog: log,
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
