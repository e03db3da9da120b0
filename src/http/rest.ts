import type { Access } from '../auth/access.js';
import type { UnknownMembers } from '../domain/known-members.js';
import type { Clients } from '../limits/clients.js';
import type { Readiness } from '../process/readiness.js';
import type { SegmentService } from '../segment-service/segment-service.js';
import type { Logger } from '../telemetry/logger.js';
import type { Metrics } from '../telemetry/metrics/metrics.js';
import type { RequestLog } from '../telemetry/request-log.js';
import type { Tracing } from '../telemetry/tracing/tracing.js';
import { createApp } from './app.js';
import { createClosings } from './connection/closings.js';
import { createFastPath } from './connection/fast-path.js';
import { type HttpOptions, type Listening, listenHttp } from './connection/server.js';
import { refuseUnspoken } from './connection/unspoken.js';
import { createHostCheck } from './hosts.js';
import { secureDocument } from './openapi/security.js';
import { createResponder } from './responder.js';
import type { Route } from './route.js';
import type { OpenApiDocument } from './routes/docs-routes.js';
import { createHealthRoutes } from './routes/health-routes.js';
import { createMetricsRoute } from './routes/metrics-route.js';
import { createSegmentRoutes } from './routes/segment-routes.js';

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
  tracing: Tracing;
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
