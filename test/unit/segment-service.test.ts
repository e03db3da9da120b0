import { expect } from 'chai';
import fc from 'fast-check';
import type { Caller } from '../../src/auth/caller.js';
import { Failure } from '../../src/domain/failure.js';
import type { MembershipGroup } from '../../src/domain/membership-groups.js';
import { DAY_MS } from '../../src/domain/utc-day.js';
import {
  createSegmentService,
  type SegmentService,
} from '../../src/segment-service/segment-service.js';
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

  for (const [what, ask] of [
    ['memberships', (service, caller) => service.store(membership('s', 1), caller)],
    ['counts', (service, caller) => service.count('s', undefined, caller)],
    ['counts over days', (service, caller) => service.count('s', 3, caller)],
  ] as [string, (service: SegmentService, caller: Caller) => Promise<unknown>][]) {
    it(`takes ${what} of everybody, whoever has filled the queue with them`, async () => {
      const backend = createBackend();
      const nameOf = ({ peerAddress }: Caller) => peerAddress() ?? '';
      const refused: string[] = [];
      const limits = { maxQueued: 1_000, maxBatch: 20, nameOf };
      const service = createSegmentService(backend, limits);
      const askAs = (client: string, times: number) =>
        Array.from({ length: times }, () =>
          ask(service, makeCaller(client)).catch(({ kind }: Failure) => {
            refused.push(`${client} ${kind}`);
          }),
        );
      const greedy = askAs('greedy', 1_500);
      const modest = ['a', 'b', 'c'].flatMap((client) => askAs(client, 100));
      backend.open();
      await Promise.all([...greedy, ...modest]);
      // Beyond what fits, and what made room for others.
      expect(refused).to.deep.equal(Array(500 + 300).fill('greedy unavailable'));
      expect(service.queued).to.equal(0);
      await Promise.all(askAs('greedy', 1));
      expect(refused).to.have.length(800);
    });
  }

  it('begins nothing for who has gone', async () => {
    const backend = createBackend();
    const service = createSegmentService(backend, LIMITS);
    const caller = Object.assign(makeCaller(), { gone: true });
    const kinds = await Promise.all(
      [
        service.store(membership('s', 1), caller),
        service.storeBatch([], caller),
        service.count('s', 3, caller),
        service.countBatch(['s'], 3, caller),
      ].map((asked) => asked.catch(({ kind }: Failure) => kind)),
    );
    expect(kinds).to.deep.equal(Array(4).fill('unavailable'));
    expect([backend.stored, backend.counted]).to.deep.equal([[], []]);
  });

  it('has no call read more buckets than one over the window does, one by one or many', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 13 }), fc.boolean(), async (days, many) => {
        const backend = createBackend();
        const service = createSegmentService(backend, LIMITS);
        const names = Array.from({ length: 400 }, (_, index) => `s${index}`);
        const asked = many
          ? [service.countBatch(names, days)]
          : names.map((name) => service.count(name, days));
        backend.open();
        await Promise.all(asked);
        for (const [segments] of backend.counted) {
          expect(segments.length * days).to.be.at.most(500);
          expect(segments.length).to.be.at.most(100);
        }
        expect(new Set(backend.counted.flatMap(([segments]) => segments)).size).to.equal(400);
      }),
      { numRuns: 20 },
    ));
});
