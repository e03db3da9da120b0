import { expect } from 'chai';
import fc from 'fast-check';
import { createHeldBytes, type Holder } from '../../src/shared/held-bytes.js';

const MAX_BYTES = 1_000;

describe('a budget of bytes', () => {
  const createHolders = () => {
    const gaveUp: number[] = [];
    const holders = Array.from({ length: 8 }, (_, at) => ({
      heldBytes: 0,
      giveUp: () => void gaveUp.push(at),
    }));
    return { gaveUp, holders };
  };

  it('is never exceeded, and only what holds much gives up', () => {
    const step = fc.tuple(fc.nat(7), fc.oneof(fc.nat(20), fc.nat(2 * MAX_BYTES)));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const { gaveUp, holders } = createHolders();
        const held = createHeldBytes(MAX_BYTES);
        for (const [at, bytes] of steps) {
          const sizes = holders.map(({ heldBytes }, other) => (other === at ? bytes : heldBytes));
          const before = gaveUp.length;
          held.hold(holders[at] as Holder, bytes);
          const total = holders.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
          expect(total).to.be.at.most(MAX_BYTES);
          for (const victim of gaveUp.slice(before)) {
            expect(holders[victim]?.heldBytes).to.equal(0);
            // Nobody who is left holds twice as much as one who had to give up.
            const largest = Math.max(...holders.map(({ heldBytes }) => heldBytes));
            expect(sizes[victim]).to.be.greaterThan(largest / 2);
          }
          if (sizes.reduce((sum, size) => sum + size) <= MAX_BYTES) {
            expect(gaveUp.length).to.equal(before);
          }
        }
      }),
    );
  });

  it('takes from the oldest of those that hold alike', () => {
    const { gaveUp, holders } = createHolders();
    const held = createHeldBytes(MAX_BYTES);
    for (const holder of holders) held.hold(holder, 200);
    expect(gaveUp).to.deep.equal([0, 1, 2]);
  });

  it('has room again for what is let go', () => {
    const { gaveUp, holders } = createHolders();
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
