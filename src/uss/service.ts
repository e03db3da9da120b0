import { listenRest } from '../shared/http/rest.js';
import { acquire, type Closable } from '../shared/lifecycle.js';
import { createLogger } from '../shared/logger.js';
import { createMetrics } from '../shared/metrics.js';
import { startProbe } from '../shared/probe.js';
import { createReadiness } from '../shared/readiness.js';
import { createSegmentService } from '../shared/segment-service.js';
import type { UssConfig } from './config.js';
import { createGrpcForwarder } from './grpc-forwarder.js';
import { openApi } from './openapi.js';

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
    const metrics = createMetrics();

    const forwarder = createGrpcForwarder(config.es);
    onRelease(() => forwarder.close());
    const segments = createSegmentService(forwarder, config.queue);
    const probe = startProbe({
      target: `ES at ${config.es.address}`,
      check: () => forwarder.check(),
      logger,
    });
    onRelease(() => probe.stop());
    const readiness = createReadiness({ es: probe }, delayMs, () => logger.info('stopping'));

    const http = await listenRest(
      { segments, readiness, document: openApi(), now, logger, metrics },
      { ...config.http, portVariable: 'USS_HTTP_PORT' },
    );
    onRelease(http.close);

    onRelease(() => readiness.standDown());

    logger.info(`REST on ${config.http.host}:${http.port}`);
    return { httpPort: http.port, ready: probe.ready };
  });
}
