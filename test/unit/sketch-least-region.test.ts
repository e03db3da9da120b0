import { expect } from 'chai';
import fc from 'fast-check';
import { drawRegisters } from '../../scripts/testbed/draw-registers.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import { countRegisters } from '../../src/es/sketch/count.js';
import { estimateOverlap } from '../../src/es/sketch/overlap.js';
import { estimateLeastRegion as estimateOfSets } from '../../src/es/sketch/thread-tasks.js';
import { drawPair, setsOf, users } from '../support/sketches.js';

const estimateLeastRegion = (sketches: readonly Uint8Array[]) => estimateOfSets(setsOf(sketches));
const draw = (seed: number, count: number) => drawRegisters(createRandomBits(seed), count);

describe('the least region of a diagram', () => {
  it('is the whole of one sketch, and nobody where a sketch is empty', () => {
    fc.assert(
      fc.property(fc.nat(), users, (seed, count) => {
        const sketch = draw(seed, count);
        expect(estimateLeastRegion([sketch])).to.equal(countRegisters(sketch));
        expect(estimateLeastRegion([sketch, draw(seed, 0)])).to.equal(0);
      }),
      { numRuns: 30 },
    );
  });

  it('of two sketches is the least part of their overlap', () => {
    fc.assert(
      fc.property(fc.nat(), users, users, users, (seed, onlyFirst, onlySecond, both) => {
        const sketches = drawPair(seed, onlyFirst, onlySecond, both);
        const parts = estimateOverlap(...setsOf(sketches));
        const least = Math.min(parts.onlyFirst.value, parts.onlySecond.value, parts.both.value);
        expect(estimateLeastRegion(sketches)).to.be.closeTo(least, 1);
      }),
      { numRuns: 100 },
    );
  });

  it('finds the few users of one region among three large sets', () => {
    const random = createRandomBits(7);
    const [first, second, third, all] = [900, 900, 900, 900].map((count) =>
      drawRegisters(random, count),
    ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const few = drawRegisters(random, 3);
    const merge = (...some: Uint8Array[]) =>
      new Uint8Array(all.map((value, at) => Math.max(value, ...some.map((one) => one[at] ?? 0))));
    // Every region has some 900 users but those of only the third, who are 3.
    const [ab, ac, bc] = [300, 301, 302].map((seed) => draw(seed, 900)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const sets = [merge(first, ab, ac), merge(second, ab, bc), merge(few, ac, bc)];
    expect(estimateLeastRegion(sets)).to.be.below(60);
    expect(estimateLeastRegion([...sets.slice(0, 2), merge(third, ac, bc)])).to.be.above(600);
  });
});
