import { createAccess } from '../auth/access.js';
import { listenRest } from '../http/rest.js';
import { createPathsOfEs } from '../http/routes/es-paths.js';
import { createClients } from '../limits/clients.js';
import { inUrl } from '../process/in-url.js';
import { acquire, type Closable } from '../process/lifecycle.js';
import { type Probe, startProbe } from '../process/probe.js';
import { createReadiness } from '../process/readiness.js';
import { createRuntime } from '../process/runtime.js';
import { rabbitmqTarget } from '../rabbitmq/connection.js';
import { createSegmentServices } from '../segment-service/services.js';
import { showDependencies } from '../telemetry/metrics/dependencies.js';
import { type UssConfig, ussRemarks } from './config.js';
import { createGrpcForwarder } from './es-client/grpc-forwarder.js';
import type { Forwarder } from './forwarder.js';
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
    const { logger, requestLog, metrics, tracing, connections } = await createRuntime(
      {
        name: 'uss',
        config,
        remarks: ussRemarks(config),
        connections: { USS_HTTP_MAX_CONNECTIONS: config.http.maxConnections },
      },
      onRelease,
    );
    const { registry } = metrics;
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
    const { forClients } = createSegmentServices(queue?.forwarder ?? es, {
      queue: config.queue,
      newSegmentsPerMinute: config.newSegmentsPerMinute,
      count: es.count,
      clients,
      memberships: metrics.memberships,
      tracing,
      now,
    });
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
        segments: forClients,
        ownRoutes: createPathsOfEs(),
        readiness,
        document: openApi(),
        access,
        clients,
        now,
        logger,
        log: requestLog,
        metrics,
        tracing,
      },
      {
        ...config.http,
        maxConnections: connections.USS_HTTP_MAX_CONNECTIONS,
        portVariable: 'USS_HTTP_PORT',
      },
    );
    onRelease(http.close);

    onRelease(() => readiness.standDown());

    logger.info(`REST on ${inUrl(config.http.host)}:${http.port}`);
    return { httpPort: http.port, ready: (queue?.probe ?? esProbe).ready };
  });
}
