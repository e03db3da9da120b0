import type { SegmentService } from '../../segment-service/segment-service.js';
import type { Route } from '../route.js';
import { countSegmentRoute } from './count-segment.js';
import { countSegmentsRoute } from './count-segments.js';
import { type StoreOptions, storeMembershipRoute } from './store-membership.js';
import { storeMembershipsRoute } from './store-memberships.js';

/**
 * The routes both services share: store one membership, store many, count a segment, count many.
 *
 * @param days the meaning of `days` at this service, for the documentation
 */
export function createSegmentRoutes(
  service: SegmentService,
  options: StoreOptions,
  days: string,
): Route[] {
  return [
    storeMembershipRoute(service, options),
    storeMembershipsRoute(service, options),
    countSegmentRoute(service, days),
    countSegmentsRoute(service, options),
  ];
}
