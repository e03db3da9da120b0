import type { Access } from '../auth/access.js';
import type { Clients } from '../clients.js';
import type { Logger } from '../logger.js';
import type { UnknownMembers } from '../members.js';
import type { Metrics } from '../metrics/metrics.js';
import { secureDocument } from '../openapi/security.js';
import type { Readiness } from '../readiness.js';
import type { RequestLog } from '../request-log.js';
import type { SegmentService } from '../segment-service.js';
import type { Tracing } from '../tracing/tracing.js';
import { createApp } from './app.js';
import { createClosings } from './closings.js';
import type { OpenApiDocument } from './docs-routes.js';
import { createFastPath } from './fast-path.js';
import { createHealthRoutes } from './health-routes.js';
import { createHostCheck } from './hosts.js';
import { createMetricsRoute } from './metrics-route.js';
import { createResponder } from './responder.js';
import type { Route } from './route.js';
import { createSegmentRoutes } from './segment-routes.js';
import { type HttpOptions, type Listening, listenHttp } from './server.js';
import { refuseUnspoken } from './unspoken.js';

export interface RestOptions {
  segments: SegmentService;
  /** What this service answers beside what both do; may add methods to paths that both have. */
  ownRoutes?: readonly Route[];
  readiness: Readiness;
  document: OpenApiDocument;
  access: Access;
  clients: Clients;
  /** The clock, in milliseconds. */
  now: () => number;
  logger: Logger;
  log: RequestLog;
  metrics: Metrics;
  tracing: Tracing | undefined;
}

/** Serves the REST side of a service: the same routes for both, on everything between them and a socket. */
export function listenRest(
  options: RestOptions,
  listen: Omit<HttpOptions, 'logger' | 'onClosing'> & {
    allowedHosts: string;
    unknownMembers: UnknownMembers;
  },
): Promise<Listening> {
  const {
    segments,
    ownRoutes = [],
    readiness,
    access,
    clients,
    now,
    logger,
    log,
    metrics,
  } = options;
  const { quota } = clients;
  const { unknownMembers } = listen;
  const onInvalid = metrics.memberships.invalid;
  const routes = [
    ...mergeRoutes(
      createSegmentRoutes(segments, { now, onInvalid, clients, unknownMembers }),
      ownRoutes,
    ),
    ...createHealthRoutes(readiness),
    createMetricsRoute(metrics.registry, access.metrics),
  ];
  const responder = createResponder({
    checkHost: createHostCheck(access, listen.allowedHosts),
    guard: access.guard,
    quota,
    log,
    metrics: metrics.http,
    tracing: options.tracing,
  });
  const document = secureDocument(options.document, routes, access);
  const app = refuseUnspoken(createApp({ routes, responder, document, access }));
  const onClosing = createClosings({
    limits: listen,
    prefix: access.prefix,
    registry: metrics.registry,
    logger,
    now,
  });
  const fastPath = createFastPath({ routes, responder, ...listen, onClosing });
  return listenHttp(app, fastPath, { ...listen, logger, onClosing });
}

/** Routes of both, of the same path as one. */
function mergeRoutes(routes: readonly Route[], more: readonly Route[]): Route[] {
  const merged = new Map(routes.map((route) => [route.path, route]));
  for (const route of more) {
    const { needs = route.needs } = merged.get(route.path) ?? {};
    merged.set(route.path, { ...merged.get(route.path), ...route, needs });
  }
  return [...merged.values()];
}
