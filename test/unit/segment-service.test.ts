import { expect } from 'chai';
import type { Caller } from '../../src/shared/caller.js';
import { Failure } from '../../src/shared/failure.js';
import type { MembershipGroup } from '../../src/shared/membership-groups.js';
import { createSegmentService } from '../../src/shared/segment-service.js';
import { DAY_MS } from '../../src/shared/utc-day.js';
import { makeCaller } from '../support/caller.js';

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
      return { firstDay: TODAY - 13, days: 14 };
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

  it('counts many segments some at a time, and nobody waits behind the list of another', async () => {
    const backend = createBackend();
    const nameOf = ({ peerAddress }: Caller) => peerAddress() ?? '';
    const service = createSegmentService(backend, { ...LIMITS, nameOf });
    const list = Array.from({ length: 1_000 }, (_, index) => `s${index}`);
    const greedy = Array.from({ length: 20 }, () =>
      service.countBatch(list, undefined, makeCaller('greedy')),
    );
    const modest = service.countBatch(['mine'], undefined, makeCaller('modest'));
    backend.open();
    expect(await modest).to.deep.equal(new Map([['mine', 4]]));
    const before = backend.counted.findIndex(([[first]]) => first === 'mine');
    expect(before).to.be.within(0, 8);
    for (const counts of await Promise.all(greedy)) expect([...counts.keys()]).to.deep.equal(list);
    for (const [segments] of backend.counted) expect(segments.length).to.be.at.most(100);
    expect(backend.counted).to.have.length(201);
  });
});
