import { expect } from 'chai';
import fc from 'fast-check';
import { createHeldBytes, type Holder } from '../../src/limits/held-bytes.js';

const MAX_BYTES = 1_000;

describe('a budget of bytes', () => {
  /** @param clientOf the client of a holder, by its place */
  const createHolders = (clientOf: (at: number) => number, count = 8) => {
    const gaveUp: number[] = [];
    const holders = Array.from({ length: count }, (_, at) => ({
      client: String(clientOf(at)),
      heldBytes: 0,
      giveUp: () => void gaveUp.push(at),
    }));
    return { gaveUp, holders };
  };
  const sum = (holders: readonly Pick<Holder, 'heldBytes'>[]) =>
    holders.reduce((total, { heldBytes }) => total + heldBytes, 0);
  const each = (at: number) => at;

  const step = fc.tuple(fc.nat(7), fc.oneof(fc.nat(20), fc.nat(2 * MAX_BYTES)));
  const steps = fc.array(step, { maxLength: 100 });
  for (const clients of [1, 2, 3, 8]) {
    it(`is never exceeded, and only what holds much of who holds much gives up: ${clients} clients`, () => {
      fc.assert(
        fc.property(steps, (steps) => {
          const { gaveUp, holders } = createHolders((at) => at % clients);
          const held = createHeldBytes(MAX_BYTES);
          const of = (client: string) => holders.filter((holder) => holder.client === client);
          for (const [at, bytes] of steps) {
            const sizes = holders.map(({ heldBytes }, other) => (other === at ? bytes : heldBytes));
            const before = gaveUp.length;
            held.hold(holders[at] as Holder, bytes);
            expect(sum(holders)).to.be.at.most(MAX_BYTES);
            for (const victim of gaveUp.slice(before)) {
              const { client, heldBytes } = holders[victim] as Holder;
              expect(heldBytes).to.equal(0);
              // Nobody who is left holds twice as much as one who had to give up, nor does anything else of theirs.
              const own = of(client);
              const had = own.reduce((total, one) => total + (sizes[holders.indexOf(one)] ?? 0), 0);
              const sums = holders.map((holder) => sum(of(holder.client)));
              expect(had).to.be.greaterThan(Math.max(...sums) / 2);
              const largest = Math.max(...own.map(({ heldBytes: left }) => left));
              expect(sizes[victim]).to.be.greaterThan(largest / 2);
            }
            if (sizes.reduce((total, size) => total + size) <= MAX_BYTES) {
              expect(gaveUp.length).to.equal(before);
            }
          }
        }),
      );
    });
  }

  it('has whoever holds much in small pieces pay, not whoever holds a large one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 400 }),
        (small, large) => {
          const { gaveUp, holders } = createHolders((at) => Math.min(at, 1), 2_001);
          const held = createHeldBytes(MAX_BYTES);
          for (const holder of holders.slice(1)) held.hold(holder, small);
          for (let bytes = 1; bytes <= large; bytes += 1) held.hold(holders[0] as Holder, bytes);
          for (const holder of holders.slice(1)) held.hold(holder, small);
          expect(gaveUp).not.to.include(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('takes from the oldest of those that hold alike', () => {
    for (const clientOf of [each, () => 1]) {
      const { gaveUp, holders } = createHolders(clientOf);
      const held = createHeldBytes(MAX_BYTES);
      for (const holder of holders) held.hold(holder, 200);
      expect(gaveUp).to.deep.equal([0, 1, 2]);
    }
  });

  it('has room again for what is let go', () => {
    const { gaveUp, holders } = createHolders(each);
    const held = createHeldBytes(MAX_BYTES);
    for (let round = 0; round < 100; round += 1) {
      for (const holder of holders) {
        held.hold(holder, 900);
        held.hold(holder, 0);
      }
    }
    expect(gaveUp).to.deep.equal([]);
  });
});
