import { createAccess } from '../shared/auth/access.js';
import { createClients } from '../shared/clients.js';
import { fitToDescriptors, watchDescriptors } from '../shared/descriptors.js';
import { createPathsOfEs } from '../shared/http/es-paths.js';
import { listenRest } from '../shared/http/rest.js';
import { inUrl } from '../shared/in-url.js';
import { acquire, type Closable } from '../shared/lifecycle.js';
import { createLimitedService } from '../shared/limited-service.js';
import { createLogger } from '../shared/logger.js';
import { showDependencies } from '../shared/metrics/dependencies.js';
import { createMetrics } from '../shared/metrics/metrics.js';
import { limitNewSegments } from '../shared/new-segments.js';
import { type Probe, startProbe } from '../shared/probe.js';
import { rabbitmqTarget } from '../shared/rabbitmq/connection.js';
import { createReadiness } from '../shared/readiness.js';
import { createRequestLog } from '../shared/request-log.js';
import { createSegmentService } from '../shared/segment-service.js';
import { listenToSignals } from '../shared/signals.js';
import { startTracing } from '../shared/tracing/tracing.js';
import { type UssConfig, ussRemarks } from './config.js';
import type { Forwarder } from './forwarder.js';
import { createGrpcForwarder } from './grpc-forwarder.js';
import { openApi } from './openapi.js';
import { createRabbitmqForwarder } from './rabbitmq-forwarder.js';

export interface Uss extends Closable {
  /** The port of REST. */
  httpPort: number;
  /** Resolves when it first can do its work. */
  ready: Promise<void>;
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
        ownRoutes: createPathsOfEs(),
        readiness,
        document: openApi(),
        access,
        clients,
        now,
        logger,
        log,
        metrics,
        tracing,
      },
      { ...config.http, maxConnections, portVariable: 'USS_HTTP_PORT' },
    );
    onRelease(http.close);

    onRelease(() => readiness.standDown());

    logger.info(`REST on ${inUrl(config.http.host)}:${http.port}`);
    return { httpPort: http.port, ready: (queue?.probe ?? esProbe).ready };
  });
}
