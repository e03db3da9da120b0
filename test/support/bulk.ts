import type { MembershipGroup } from '../../src/domain/membership-groups.js';
import { DAY_MS } from '../../src/domain/utc-day.js';
import type { Window } from '../../src/domain/window.js';
import type { BulkSink } from '../../src/http/bulk/batcher.js';
import type { SegmentService } from '../../src/segment-service/segment-service.js';

export const TODAY = 20_000;
export const STORED = { firstDay: TODAY - 13, days: 14 };

/** Something that takes batches. */
export function keeper(
  storeBatch: (groups: readonly MembershipGroup[]) => Promise<void>,
): Pick<SegmentService, 'storeBatch'> {
  return {
    storeBatch: async (groups): Promise<Window> => {
      await storeBatch(groups);
      return STORED;
    },
  };
}

/** Fills a sink line by line, and makes room after so many. */
export function lines(
  total: number,
  roomEvery: number,
  add = (sink: BulkSink, line: number) => sink.add(line, membership(line)),
) {
  return async (sink: BulkSink) => {
    for (let line = 1; line <= total; line += 1) {
      add(sink, line);
      if (line % roomEvery === 0) await sink.room(100);
    }
  };
}

export const membership = (line: number, day = TODAY) => ({
  segment: 's',
  userId: `u${line}`,
  occurredAt: day * DAY_MS,
});

export const usersIn = (groups: readonly MembershipGroup[]) =>
  groups.flatMap(({ userIds }) => userIds);
