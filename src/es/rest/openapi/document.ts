import { createOpenApi } from '../../../http/openapi/document.js';
import { createQueryOperations } from './query-operations.js';
import { querySchemas } from './query-schemas.js';
import { createListOperation, deleteSegment } from './segment-operations.js';

/** @param windowDays how many UTC days this ES counts */
export function openApi(windowDays: number) {
  const days = `How many UTC days to count, today included: 1 to ${windowDays}. All of them when left out.`;
  const queries = createQueryOperations(windowDays, days);
  return createOpenApi({
    title: 'ES: Estimation Service',
    description: `Counts how many different users each segment had over the last ${windowDays} UTC days,
today included. Keeps one Redis HyperLogLog per segment and day. The same is to be had over gRPC.`,
    days,
    dependency: 'redis',
    ownPaths: {
      '/segments': { get: createListOperation(windowDays) },
      '/segment/{segment}': { delete: deleteSegment },
      '/segment/{segment}/estimate': { get: queries.estimate },
      '/segment/{segment}/history': { get: queries.history },
      '/overlap': { post: queries.overlap },
      '/estimate': { post: queries.expression },
    },
    ownSchemas: querySchemas,
  });
}
