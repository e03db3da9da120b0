import { countMemberships } from '../domain/membership-groups.js';
import type { Quota } from '../limits/clients.js';
import type { SegmentService } from './segment-service.js';

/**
 * A service that charges its clients: 1 for each membership of a batch and for each segment of a count. Single memberships
 * and counts were charged when their request arrived.
 *
 * @param quota if undefined, nothing is charged
 */
export function createLimitedService(
  service: SegmentService,
  quota: Quota | undefined,
): SegmentService {
  if (quota === undefined) return service;
  return {
    store: service.store,
    storeBatch(groups, caller) {
      if (caller !== undefined) quota.charge(caller, countMemberships(groups));
      return service.storeBatch(groups, caller);
    },
    count: service.count,
    countBatch(segments, days, caller) {
      if (caller !== undefined) quota.charge(caller, segments.length);
      return service.countBatch(segments, days, caller);
    },
    get queued() {
      return service.queued;
    },
  };
}
