import { expect } from 'chai';
import { Failure } from '../../src/shared/failure.js';
import { type MembershipGroup, NONE_REFUSED } from '../../src/shared/membership-groups.js';
import { createSegmentService } from '../../src/shared/segment-service.js';
import { DAY_MS } from '../../src/shared/utc-day.js';

const TODAY = 20_000;
const LIMITS = { maxQueued: 10_000, maxBatch: 1_000 };

/** A backend that notes what it is asked, and answers once it is let. */
function createBackend() {
  const stored: (readonly MembershipGroup[])[] = [];
  const counted: [segments: readonly string[], days: number | undefined][] = [];
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    stored,
    counted,
    open: () => open(),
    store: async (groups: readonly MembershipGroup[]) => {
      stored.push(groups);
      await gate;
      return { firstDay: TODAY - 13, days: 14, refused: NONE_REFUSED };
    },
    count: async (segments: readonly string[], days?: number) => {
      counted.push([segments, days]);
      await gate;
      if (days === 30) throw new Failure('invalid', 'days must be a whole number from 1 to 14');
      return new Map(segments.map((segment) => [segment, segment.length]));
    },
  };
}

const membership = (segment: string, user: number, day = TODAY) => ({
  segment,
  userId: `u${user}`,
  occurredAt: day * DAY_MS,
});

describe('createSegmentService', () => {
  it('asks its backend twice for any number of memberships at once, a group a segment and day', async () => {
    const backend = createBackend();
    const service = createSegmentService(backend, LIMITS);
    const stores = Array.from({ length: 900 }, (_, user) =>
      service.store(membership(`s${user % 3}`, user, TODAY - (user % 2))),
    );
    backend.open();
    await Promise.all(stores);
    expect(backend.stored.map((groups) => groups.length)).to.deep.equal([1, 6]);
    const users = backend.stored.flat().flatMap(({ userIds }) => userIds);
    expect(new Set(users).size).to.equal(900);
  });

  it('asks once for a segment, however many want its count', async () => {
    const backend = createBackend();
    const service = createSegmentService(backend, LIMITS);
    const counts = Array.from({ length: 500 }, (_, index) =>
      service.count(index < 300 ? 'a' : 'bb'),
    );
    backend.open();
    expect((await Promise.all(counts)).reduce((sum, count) => sum + count)).to.equal(300 + 400);
    expect(backend.counted).to.deep.equal([
      [['a'], undefined],
      [['a', 'bb'], undefined],
    ]);
  });

  it('counts what was stored before it was asked, and not by a count already on its way', async () => {
    const backend = createBackend();
    const service = createSegmentService(backend, LIMITS);
    const before = service.count('a');
    const after = service.count('a');
    backend.open();
    await Promise.all([before, after]);
    expect(backend.counted).to.have.length(2);
  });

  it('lets days that are refused fail only those who asked for them', async () => {
    const backend = createBackend();
    const service = createSegmentService(backend, LIMITS);
    const asked = [7, 30, undefined, 30, 1e9].map((days) =>
      service.count('a', days).catch((error: Failure) => error.kind),
    );
    backend.open();
    expect(await Promise.all(asked)).to.deep.equal([1, 'invalid', 1, 'invalid', 1]);
  });
});
