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
import { createHotRoutes } from './connection/hot-routes.js';
import { type HttpOptions, type Listening, listenHttp } from './connection/server.js';
import { refuseUnsupported } from './connection/unsupported.js';
import { createHostCheck } from './hosts.js';
import { type ApiDescription, createOpenApi } from './openapi/document.js';
import { createResponder } from './responder.js';
import type { Route } from './route.js';
import { createRouter, type MethodsByPath } from './router.js';
import { createDocsRoutes } from './routes/docs-routes.js';
import { createHealthRoutes } from './routes/health-routes.js';
import { createMetricsRoute } from './routes/metrics-route.js';
import { createSegmentRoutes } from './routes/segment-routes.js';

export interface RestOptions {
  segments: SegmentService;
  /** Called for each membership that breaks a rule. */
  onInvalid: () => void;
  /** What this service says of itself in its OpenAPI document. */
  api: ApiDescription;
  /** The routes that only this service has. They may add methods to paths that both services have. @default none */
  ownRoutes?: readonly Route[];
  /** The methods that ES answers and this service does not, by path. @default nothing */
  ofEs?: MethodsByPath;
  readiness: Readiness;
  access: Access;
  clients: Clients;
  /** The clock, in milliseconds. */
  now: () => number;
  logger: Logger;
  requestLog: RequestLog;
  metrics: Metrics;
  tracing: Tracing;
}

/** What a service listens with: its settings, beside what listenRest adds itself. */
type RestListenOptions = Omit<HttpOptions, 'logger' | 'onClosing'> & {
  allowedHosts: string;
  unknownMembers: UnknownMembers;
};

/** Serves the REST side of a service, from its routes to its socket. */
export async function listenRest(
  options: RestOptions,
  listen: RestListenOptions,
): Promise<Listening & { routes: readonly Route[] }> {
  const { access, clients, now, logger, requestLog, metrics } = options;
  const routes = routesOf(options, listen.unknownMembers);
  const router = createRouter(routes, options.ofEs);
  const hotRoutes = createHotRoutes(router);
  const responder = createResponder({
    checkHost: createHostCheck(access, listen.allowedHosts),
    guard: access.guard,
    quota: clients.quota,
    requestLog,
    metrics: metrics.http,
    tracing: options.tracing,
  });
  const app = refuseUnsupported(createApp({ router, hotRoutes, responder }));
  const onClosing = createClosings({
    limits: listen,
    prefix: access.prefix,
    registry: metrics.registry,
    logger,
    now,
  });
  const fastPath = createFastPath({ ...listen, hotRoutes, responder, onClosing });
  const listening = await listenHttp(app, fastPath, { ...listen, logger, onClosing });
  return { ...listening, routes };
}

/** Every route of a service, in the order of its OpenAPI document. */
function routesOf(options: RestOptions, unknownMembers: UnknownMembers): Route[] {
  const { segments, onInvalid, api, ownRoutes = [], readiness, access, clients } = options;
  const { now, metrics } = options;
  const routes = [
    ...createSegmentRoutes(segments, { now, onInvalid, clients, unknownMembers }, api.days),
    ...ownRoutes,
    ...createHealthRoutes(readiness, api.dependency),
    createMetricsRoute(metrics.registry, access.metrics),
  ];
  const isRoot = !routes.some(({ path }) => path === '/');
  const docs = createDocsRoutes({ title: api.title, needs: access.docs, isRoot }, (docsRoutes) =>
    createOpenApi(api, [...routes, ...docsRoutes], access),
  );
  return [...routes, ...docs];
}
