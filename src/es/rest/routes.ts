import type { BodyOptions } from '../../http/request/body.js';
import type { Route } from '../../http/route.js';
import type { Queries } from '../queries/queries.js';
import { daysMeaning } from './api.js';
import { expressionRoute } from './expression.js';
import { listSegmentsRoute } from './list-segments.js';
import { oneSegmentRoutes } from './one-segment.js';
import { overlapRoute } from './overlap.js';
import { similarRoute } from './similar.js';

/**
 * The routes that ES has in addition to those of both services.
 *
 * @param options for reading bodies
 * @param windowDays how many UTC days this ES counts
 */
export function createQueryRoutes(
  queries: Queries,
  options: BodyOptions,
  windowDays: number,
): Route[] {
  return [
    listSegmentsRoute(queries, windowDays),
    ...oneSegmentRoutes(queries, windowDays, daysMeaning(windowDays)),
    similarRoute(queries),
    overlapRoute(queries, options),
    expressionRoute(queries, options),
  ];
}
