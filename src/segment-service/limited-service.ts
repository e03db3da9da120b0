import { countMemberships } from '../domain/membership-groups.js';
import type { Quota } from '../limits/clients.js';
import type { SegmentService } from './segment-service.js';

/**
 * A service that charges its callers for what they ask for: each membership of a batch, and each of the segments counted
 * together. What is asked one by one was paid when the request came.
 *
 * @param quota charges nothing unless given
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
