import { createAccess } from '../auth/access.js';
import { ES_PATHS } from '../generated/es-paths.js';
import { listenRest } from '../http/rest.js';
import type { Route } from '../http/route.js';
import { createClients } from '../limits/clients.js';
import { inUrl } from '../process/host-in-url.js';
import { acquire, type Closable } from '../process/lifecycle.js';
import { createReadiness } from '../process/readiness.js';
import { createRuntime } from '../process/runtime.js';
import { createSegmentServices } from '../segment-service/services.js';
import { showDependencies } from '../telemetry/metrics/dependencies.js';
import { ussApi } from './api.js';
import { type UssConfig, ussRemarks } from './config.js';
import { openForwarders } from './open-forwarders.js';

export interface Uss extends Closable {
  /** The port of REST. */
  httpPort: number;
  /** Resolves when USS can do its work for the first time. */
  ready: Promise<void>;
  /** Every route of REST. */
  routes: readonly Route[];
}

/**
 * Starts USS. It serves immediately, and is ready when ES is ready.
 *
 * @param now the clock, in milliseconds
 * @throws StartError if the port is taken
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

    const forwarders = openForwarders(config, { registry, tracing, logger, now }, onRelease);
    const { forClients, onInvalid } = createSegmentServices(forwarders.store, {
      queue: config.queue,
      newSegmentsPerMinute: config.newSegmentsPerMinute,
      count: forwarders.es.count,
      clients,
      metrics,
      tracing,
      now,
    });
    const readiness = createReadiness({
      ...forwarders.dependencies,
      delayMs,
      onStandDown: () => logger.info('stopping'),
    });
    showDependencies(registry, readiness);

    const http = await listenRest(
      {
        segments: forClients,
        onInvalid,
        api: ussApi,
        ofEs: ES_PATHS,
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
        maxConnections: connections.USS_HTTP_MAX_CONNECTIONS,
        portVariable: 'USS_HTTP_PORT',
      },
    );
    onRelease(http.close);

    onRelease(() => readiness.standDown());

    logger.info(`REST on ${inUrl(config.http.host)}:${http.port}`);
    return { httpPort: http.port, ready: forwarders.ready, routes: http.routes };
  });
}
