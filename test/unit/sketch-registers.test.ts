import { expect } from 'chai';
import fc from 'fast-check';
import {
  histogramOf,
  isEmpty,
  MAX_REGISTER,
  mergeRegisters,
  REGISTER_COUNT,
  type Registers,
} from '../../src/es/sketch/registers.js';

const EMPTY = new Uint8Array(REGISTER_COUNT);

/** Registers with some values anywhere. */
const sketch = fc
  .array(fc.tuple(fc.nat(REGISTER_COUNT - 1), fc.nat(MAX_REGISTER)), { maxLength: 50 })
  .map((values) => {
    const registers = EMPTY.slice();
    for (const [index, value] of values) registers[index] = value;
    return registers;
  });
const last = EMPTY.with(REGISTER_COUNT - 1, 1);

describe('the registers of sketches', () => {
  it('are merged whatever their values are, and whatever their neighbours have', () => {
    const values = Array.from({ length: 52 * 52 }, (_, pair) => [pair % 52, Math.floor(pair / 52)]);
    const side = (which: number) => {
      const registers = EMPTY.slice();
      registers.set(values.map((pair) => pair[which] as number));
      return registers;
    };
    const merged = mergeRegisters([side(0), side(1)]);
    expect([...merged.subarray(0, values.length)]).to.deep.equal(
      values.map((pair) => Math.max(...pair)),
    );
  });

  it('are merged to the largest of each', () => {
    fc.assert(
      fc.property(fc.array(sketch, { maxLength: 4 }), (sketches) => {
        const before = sketches.map((one) => one.slice());
        const merged = mergeRegisters(sketches);
        const largest = EMPTY.map((_, index) =>
          Math.max(0, ...sketches.map((one) => one[index] as number)),
        );
        expect(merged).to.deep.equal(largest);
        expect(sketches).to.deep.equal(before);
      }),
      { numRuns: 20 },
    );
    expect(mergeRegisters([])).to.deep.equal(EMPTY);
    expect(mergeRegisters([last, EMPTY])).to.deep.equal(last);
    const partly = new Uint8Array(REGISTER_COUNT + 1).subarray(1);
    partly.set(last);
    expect(mergeRegisters([EMPTY, partly])).to.deep.equal(last);
  });

  it('are empty where all of them are 0', () => {
    expect([EMPTY, last, EMPTY.with(0, 51)].map(isEmpty)).to.deep.equal([true, false, false]);
  });

  it('are counted by their values', () => {
    const countOf = (registers: Registers, value: number) =>
      registers.filter((other) => other === value).length;
    fc.assert(
      fc.property(sketch, (registers) => {
        const counts = Array.from({ length: 52 }, (_, value) => countOf(registers, value));
        expect(Array.from(histogramOf(registers))).to.deep.equal(counts);
      }),
      { numRuns: 20 },
    );
  });
});
