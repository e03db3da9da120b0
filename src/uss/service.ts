import { createAccess } from '../auth/access.js';
import { ES_PATHS } from '../generated/es-paths.js';
import { listenRest } from '../http/rest.js';
import type { Route } from '../http/route.js';
import { createClients } from '../limits/clients.js';
import { fitToDescriptors, watchDescriptors } from '../process/descriptors.js';
import { inUrl } from '../process/in-url.js';
import { acquire, type Closable } from '../process/lifecycle.js';
import { type Probe, startProbe } from '../process/probe.js';
import { createReadiness } from '../process/readiness.js';
import { listenToSignals } from '../process/signals.js';
import { rabbitmqTarget } from '../rabbitmq/connection.js';
import { createLimitedService } from '../segment-service/limited-service.js';
import { limitNewSegments } from '../segment-service/new-segments.js';
import { createSegmentService } from '../segment-service/segment-service.js';
import { createLogger } from '../telemetry/logger.js';
import { showDependencies } from '../telemetry/metrics/dependencies.js';
import { createMetrics } from '../telemetry/metrics/metrics.js';
import { createRequestLog } from '../telemetry/request-log.js';
import { startTracing } from '../telemetry/tracing/tracing.js';
import { ussApi } from './api.js';
import { type UssConfig, ussRemarks } from './config.js';
import { createGrpcForwarder } from './es-client/grpc-forwarder.js';
import type { Forwarder } from './forwarder.js';
import { createRabbitmqForwarder } from './rabbitmq-forwarder.js';

export interface Uss extends Closable {
  /** The port of REST. */
  httpPort: number;
  /** Resolves when it first can do its work. */
  ready: Promise<void>;
  /** Every route of REST. */
  routes: readonly Route[];
}

/**
 * Starts USS. It serves at once, and is ready when ES is.
 *
 * @param now the clock, in milliseconds
 * @throws StartError when the port is taken
 */
export function startUss(config: UssConfig, now: () => number = Date.now): Promise<Uss> {
  const { delayMs, timeoutMs } = config.shutdown;
  return acquire(delayMs + timeoutMs, async (onRelease) => {
    const logger = createLogger('uss', config.log);
    for (const { level, text } of ussRemarks(config)) logger[level](text);
    const metrics = createMetrics(config.metrics);
    const { registry, memberships } = metrics;
    const log = createRequestLog(logger, config.log.accessSample);
    onRelease(listenToSignals(logger, config.diagnosticsDirectory));
    onRelease(watchDescriptors(logger));
    const { USS_HTTP_MAX_CONNECTIONS: maxConnections } = fitToDescriptors(
      { USS_HTTP_MAX_CONNECTIONS: config.http.maxConnections },
      logger,
    );
    const tracing = await startTracing('uss', config.tracing, logger);
    onRelease(() => tracing?.close());
    const hosts = [config.http.host];
    const clients = createClients(config.http, now);
    const { attempts } = clients;
    const access = createAccess({ prefix: 'USS', config, hosts, attempts, now, logger });

    const watch = (target: string, { check }: Forwarder): Probe => {
      const probe = startProbe({ target, check, logger });
      onRelease(() => probe.stop());
      return probe;
    };
    const es = createGrpcForwarder({ ...config.es, now, registry, tracing, logger });
    onRelease(() => es.close());
    const esProbe = watch(`ES at ${config.es.address}`, es);
    const queue = config.transport === 'rabbitmq' ? createQueue(es) : undefined;
    const queueing = { ...config.queue, nameOf: clients.nameOf };
    const segments = createSegmentService(
      memberships.measure(queue?.forwarder ?? es),
      queueing,
      memberships.queue,
      tracing,
    );
    memberships.showQueue(segments, config.queue.maxQueued);
    const service = createLimitedService(
      limitNewSegments(segments, {
        perMinute: config.newSegmentsPerMinute,
        count: es.count,
        queue: queueing,
        now,
        onRefused: memberships.limited,
      }),
      clients.quota,
    );
    const readiness = createReadiness({
      ...(queue === undefined
        ? { required: { es: esProbe } }
        : { required: { rabbitmq: queue.probe }, optional: { es: esProbe } }),
      delayMs,
      onStandDown: () => logger.info('stopping'),
    });
    showDependencies(registry, readiness);

    function createQueue(counter: Forwarder) {
      const windowDays = config.window.days;
      const forwarder = createRabbitmqForwarder({
        ...config.rabbitmq,
        windowDays,
        counter,
        now,
        registry,
        tracing,
      });
      onRelease(() => forwarder.close());
      return { forwarder, probe: watch(rabbitmqTarget(config.rabbitmq.url), forwarder) };
    }

    const http = await listenRest(
      {
        segments: service,
        api: ussApi,
        ofEs: ES_PATHS,
        readiness,
        access,
        clients,
        now,
        logger,
        requestLog: log,
        metrics,
        tracing,
      },
      { ...config.http, maxConnections, portVariable: 'USS_HTTP_PORT' },
    );
    onRelease(http.close);

    onRelease(() => readiness.standDown());

    logger.info(`REST on ${inUrl(config.http.host)}:${http.port}`);
    const { ready } = queue?.probe ?? esProbe;
    return { httpPort: http.port, ready, routes: http.routes };
  });
}
