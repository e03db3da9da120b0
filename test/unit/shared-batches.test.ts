import { expect } from 'chai';
import fc from 'fast-check';
import { Failure } from '../../src/domain/failure.js';
import { countMemberships, type MembershipGroup } from '../../src/domain/membership-groups.js';
import { DAY_MS } from '../../src/domain/utc-day.js';
import { createSegmentService } from '../../src/segment-service/segment-service.js';

const TODAY = 20_000;
const MAX_BATCH = 100;

/** A backend that answers each call when it is let. */
function createBackend() {
  const calls: { groups: readonly MembershipGroup[]; answer: () => void }[] = [];
  return {
    calls,
    sizes: () => calls.map(({ groups }) => countMemberships(groups)),
    store: (groups: readonly MembershipGroup[]) =>
      new Promise<{ firstDay: number; days: number }>((resolve) => {
        calls.push({ groups, answer: () => resolve({ firstDay: TODAY - 13, days: 14 }) });
      }),
    count: async () => new Map(),
  };
}

/** A request: the number of its memberships, and whether it is a batch or a single one. */
type Request = { size: number; isBatch: boolean };

let made = 0;
const membership = (segment: string) => ({
  segment,
  userId: `u${made++}`,
  occurredAt: TODAY * DAY_MS,
});
const batch = (size: number): MembershipGroup[] =>
  ['a', 'b'].flatMap((segment, half) => {
    const users = half === 0 ? Math.ceil(size / 2) : Math.floor(size / 2);
    const userIds = Array.from({ length: users }, () => membership(segment).userId);
    return users === 0 ? [] : [{ segment, day: TODAY, userIds }];
  });

describe('Single memberships and small batches', () => {
  const create = () => {
    const backend = createBackend();
    return { backend, service: createSegmentService(backend, { maxQueued: 1e6, maxBatch: 100 }) };
  };

  it('leave together, in one group a segment', async () => {
    const { backend, service } = create();
    const first = service.store(membership('a'));
    const others = [
      ...Array.from({ length: 10 }, () => service.store(membership('b'))),
      ...Array.from({ length: 4 }, () => service.storeBatch(batch(20))),
    ];
    expect(backend.sizes()).to.deep.equal([1]);
    backend.calls[0]?.answer();
    await first;
    expect(backend.sizes()).to.deep.equal([1, 90]);
    expect(backend.calls[1]?.groups.map(({ segment }) => segment)).to.deep.equal(['b', 'a']);
    backend.calls[1]?.answer();
    await Promise.all(others);
  });

  it('are told of refusals of their own segments only', async () => {
    const why = new Failure('full', 'no room');
    const refused = new Map([
      ['a', why],
      ['other', why],
    ]);
    const store = async () => ({ firstDay: TODAY - 13, days: 14, refused });
    const service = createSegmentService(
      { store, count: async () => new Map() },
      { maxQueued: 10, maxBatch: MAX_BATCH },
    );
    const window = await service.storeBatch(batch(2));
    expect([...(window.refused ?? [])]).to.deep.equal([['a', why]]);
  });

  it('do not wait for batches that are larger than a group', () => {
    const { backend, service } = create();
    for (let at = 0; at < 10; at += 1) void service.storeBatch(batch(MAX_BATCH + 1));
    void service.store(membership('a'));
    expect(backend.sizes()).to.deep.equal([...Array(4).fill(MAX_BATCH + 1), 1]);
  });

  it('have one large batch at most beside them, and none waits for ever', async () => {
    const { backend, service } = create();
    const single = service.store(membership('a'));
    const large = Array.from({ length: 10 }, () => service.storeBatch(batch(MAX_BATCH + 1)));
    for (let answered = 1; answered <= 3; answered += 1) {
      expect(backend.sizes()).to.deep.equal([1, ...Array(answered).fill(MAX_BATCH + 1)]);
      backend.calls[answered]?.answer();
      await new Promise(setImmediate);
    }
    backend.calls[0]?.answer();
    await single;
    backend.calls[4]?.answer();
    await new Promise(setImmediate);
    expect(backend.sizes()).to.have.length(1 + 4 + 4);
    for (let at = 5; at <= 10; at += 1) {
      backend.calls[at]?.answer();
      await new Promise(setImmediate);
    }
    await Promise.all(large);
  });

  it('are each stored once, in groups up to the limit, however many come', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ size: fc.integer({ min: 1, max: 2 * MAX_BATCH }), isBatch: fc.boolean() }),
          { maxLength: 60 },
        ),
        fc.infiniteStream(fc.nat(5)),
        async (requests: Request[], picks) => {
          const { backend, service } = create();
          const before = made;
          const settled = requests.map(({ size, isBatch }) =>
            isBatch ? service.storeBatch(batch(size)) : service.store(membership('c')),
          );
          const small = requests.filter(({ size, isBatch }) => !isBatch || size <= MAX_BATCH);
          const sizes: number[] = [];
          for (let waiting = backend.calls; waiting.length > 0; waiting = backend.calls) {
            const [call] = waiting.splice((picks.next().value ?? 0) % waiting.length, 1);
            if (call === undefined) break;
            sizes.push(countMemberships(call.groups));
            call.answer();
            await new Promise(setImmediate);
          }
          await Promise.all(settled);
          expect(sizes.reduce((sum, size) => sum + size, 0)).to.equal(made - before);
          const large = requests.filter(({ size, isBatch }) => isBatch && size > MAX_BATCH);
          const shared = sizes.filter((size) => size <= MAX_BATCH);
          expect(sizes.length - shared.length).to.equal(large.length);
          // Two groups that follow each other are larger than one group together.
          const total = small.reduce((sum, { size, isBatch }) => sum + (isBatch ? size : 1), 0);
          expect(shared.length).to.be.at.most(2 + 2 * Math.ceil(total / MAX_BATCH));
        },
      ),
    ));
});
