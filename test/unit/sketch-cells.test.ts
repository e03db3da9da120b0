import { expect } from 'chai';
import fc from 'fast-check';
import { type Cell, observe } from '../../src/es/sketch/cells.js';
import { MAX_REGISTER, REGISTER_COUNT, type Registers } from '../../src/es/sketch/registers.js';

/** The values of one register, by sketch, and how many registers have them. */
type Pattern = [values: readonly number[], count: number];

/** Sketches whose registers are as given in front, and 0 behind. */
function sketchesOf(sketchCount: number, patterns: readonly Pattern[]): Registers[] {
  return Array.from({ length: sketchCount }, (_, sketch) => {
    const registers = new Uint8Array(REGISTER_COUNT);
    let index = 0;
    for (const [values, count] of patterns) {
      registers.fill(values[sketch] as number, index, index + count);
      index += count;
    }
    return registers;
  });
}

/** The sketches, as bits, of which a condition holds. */
const bitsOf = (values: readonly number[], holds: (value: number) => boolean) =>
  values.reduce((bits, value, sketch) => (holds(value) ? bits | (1 << sketch) : bits), 0);

/** The cells as they are defined: for each register, one for each value that any sketch has there. */
function cellsOf(patterns: readonly Pattern[]): Cell[] {
  const cells = new Map<string, Cell>();
  for (const [values, count] of patterns) {
    for (const value of new Set(values)) {
      if (value === 0 || count === 0) continue;
      const equal = bitsOf(values, (other) => other === value);
      const less = bitsOf(values, (other) => other < value);
      const key = [value, equal, less].join();
      const before = cells.get(key)?.count ?? 0;
      cells.set(key, { value, equal, less, count: before + count });
    }
  }
  return Array.from(cells.values());
}

/** The probability that a user of a region changes a register, from register to register. */
function exposureOf(region: number, patterns: readonly Pattern[]): number {
  const rest = REGISTER_COUNT - patterns.reduce((sum, [, count]) => sum + count, 0);
  const changed = patterns.reduce((sum, [values, count]) => {
    const least = Math.min(...values.filter((_, sketch) => region & (1 << sketch)));
    return sum + (least === MAX_REGISTER ? 0 : count * 2 ** -least);
  }, rest);
  return changed / REGISTER_COUNT;
}

const byKey = (one: Cell, other: Cell) =>
  one.equal - other.equal || one.less - other.less || one.value - other.value;

const value = fc.oneof(fc.nat(3), fc.constantFrom(0, 1, 49, 50, MAX_REGISTER));
const observed = fc.integer({ min: 1, max: 4 }).chain((count) => {
  const values = fc.array(value, { minLength: count, maxLength: count });
  const patterns = fc.array(fc.tuple(values, fc.nat(800)), { maxLength: 20 });
  return fc.tuple(fc.constant(count), patterns);
});

describe('what some sketches show', () => {
  it('is a cell for each value of a register, and the exposure of each region', () => {
    fc.assert(
      fc.property(observed, ([count, patterns]) => {
        const { sketchCount, cells, exposure } = observe(sketchesOf(count, patterns));
        expect(sketchCount).to.equal(count);
        expect(cells).to.deep.equal(cellsOf(patterns).sort(byKey));
        expect(exposure).to.have.length(2 ** count);
        expect(exposure[0]).to.equal(0);
        for (let region = 1; region < exposure.length; region += 1) {
          const expected = exposureOf(region, patterns);
          expect(exposure[region], `region ${region}`).to.be.closeTo(expected, 1e-12);
        }
      }),
    );
  });

  it('is no cell where all are empty, and no exposure where all are full', () => {
    const zeros = observe(sketchesOf(2, []));
    expect([zeros.cells, Array.from(zeros.exposure)]).to.deep.equal([[], [0, 1, 1, 1]]);
    const full = observe(sketchesOf(2, [[[MAX_REGISTER, MAX_REGISTER], REGISTER_COUNT]]));
    expect(full.cells).to.deep.equal([{ value: 51, equal: 3, less: 0, count: REGISTER_COUNT }]);
    expect(Array.from(full.exposure)).to.deep.equal([0, 0, 0, 0]);
  });
});
