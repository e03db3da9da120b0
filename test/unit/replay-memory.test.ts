import { expect } from 'chai';
import fc from 'fast-check';
import { createMemory, type Memory } from '../../src/es/redis/replay/memory.js';

type Step =
  | { kind: 'store'; bytes: number }
  | { kind: 'look'; lag: (number | undefined)[]; storedMeanwhile: number };

const lag = fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('store' as const), bytes: fc.nat({ max: 300 }) }),
  },
  fc.record({
    kind: fc.constant('look' as const),
    lag: fc.array(lag, { maxLength: 3 }),
    storedMeanwhile: fc.nat({ max: 2 }),
  }),
);

const group = (name: string) => [{ segment: 's', day: 1, userIds: [name] }];
const reported = { owner: '', identity: 'a', hasReplicas: true };

describe('What is remembered of a primary', () => {
  it('is everything that no connected replica has, and nothing for long that all have', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const memory = createMemory({ maxBytes: 1e9, keepMs: 0, dropsOldest: false });
        const offsets = new Map<string, number>();
        let offset = 0;
        let safeUpTo = -1;
        const store = (bytes: number) => {
          const user = `u${offsets.size}`;
          offset += bytes + 1;
          offsets.set(user, offset);
          memory.remember(group(user), offset);
        };
        for (const one of steps) {
          if (one.kind === 'store') store(one.bytes);
          else {
            memory.beginLook();
            for (let left = one.storedMeanwhile; left > 0; left -= 1) store(10);
            const replicas = one.lag.flatMap((behind) =>
              behind === undefined ? [] : [Math.max(0, offset - behind)],
            );
            if (replicas.length > 0) safeUpTo = Math.max(safeUpTo, Math.min(...replicas));
            memory.endLook({ ...reported, offset, replicas }, true);
          }
        }
        const kept = new Set(memory.takeAll().map(({ packed }) => packed.userIds));
        for (const [user, at] of offsets) {
          if (at > safeUpTo)
            expect(kept.has(user), `${user} at ${at} of ${safeUpTo}`).to.equal(true);
        }
        // A last look at replicas that have all leaves nothing.
        for (const user of kept) memory.remember(group(user), 0);
        memory.beginLook();
        memory.endLook({ ...reported, offset, replicas: [offset] }, true);
        // Older than 0 ms, by a clock of microseconds.
        expect(memory.takeAll().length).to.equal(0);
      }),
    );
  });

  it('has a bound, at which it is full, or forgets the oldest and says how many', () => {
    for (const dropsOldest of [false, true]) {
      const memory = createMemory({ maxBytes: 50_000, keepMs: 1e9, dropsOldest });
      memory.beginLook();
      memory.endLook({ ...reported, offset: 1, replicas: [] }, true);
      let stored = 0;
      while (stored < 1_000 && !memory.isFull) {
        memory.remember(group(`u${stored}`), stored);
        stored += 1;
      }
      expect(memory.isFull).to.equal(!dropsOldest);
      expect(memory.unreplicatedBytes).to.be.within(45_000, 51_000);
      const { dropped } = memory;
      const kept = memory.takeAll();
      expect(kept.length + dropped).to.equal(stored);
      expect(kept.at(-1)?.packed.userIds).to.equal(`u${stored - 1}`);
    }
  });

  it('is kept within the bound where there are no replicas', () => {
    const memory = createMemory({ maxBytes: 50_000, keepMs: 1e9, dropsOldest: false });
    for (let user = 0; user < 1_000; user += 1) memory.remember(group(`u${user}`), user);
    expect(memory.isFull).to.equal(false);
    expect([memory.dropped, memory.unreplicatedBytes]).to.deep.equal([0, 0]);
  });

  const kinds = fc.array(
    fc.record({
      kind: fc.constantFrom('store', 'doubt', 'doubt', 'look'),
      bytes: fc.integer({ min: 1, max: 9_000 }),
      /** Whether what nobody has answered may no longer be stored. */
      isOver: fc.boolean(),
    }),
    { minLength: 30, maxLength: 200 },
  );
  it('counts what nobody has answered: it is full at the bound, or the oldest is forgotten', () => {
    fc.assert(
      fc.property(kinds, (steps) => {
        const refusing = createMemory({ maxBytes: 50_000, keepMs: 1e9, dropsOldest: false });
        const dropping = createMemory({ maxBytes: 50_000, keepMs: 1e9, dropsOldest: true });
        const look = (memory: Memory) => {
          memory.beginLook();
          memory.endLook({ ...reported, offset: 1, replicas: [] }, true);
        };
        const remember = (memory: Memory, { kind, bytes, isOver }: (typeof steps)[number]) => {
          const groups = group('u'.repeat(bytes));
          if (kind === 'store') memory.remember(groups, 1);
          else memory.doubt(groups, 1, isOver ? 0 : Number.POSITIVE_INFINITY);
        };
        const both = [refusing, dropping];
        both.forEach(look);
        let count = 0;
        let bytes = 0;
        for (const one of steps) {
          if (one.kind === 'look') both.forEach(look);
          else {
            if (!refusing.isFull) {
              remember(refusing, one);
              bytes += one.bytes;
            }
            remember(dropping, one);
            count += 1;
          }
          expect(refusing.unreplicatedBytes).to.be.within(bytes, 50_000 + 10_000);
          expect(refusing.isFull).to.equal(refusing.unreplicatedBytes >= 50_000);
          expect(dropping.unreplicatedBytes).to.be.at.most(50_000);
        }
        expect(refusing.dropped).to.equal(0);
        expect(dropping.dropped).to.equal(count - dropping.takeAll().length);
      }),
    );
  });
});
