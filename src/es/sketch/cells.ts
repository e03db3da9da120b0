import { MAX_REGISTER, REGISTER_COUNT, type Registers } from './registers.js';

/** The information in a group of equal registers about users who are in some sketches and not in others. */
export interface Cell {
  /** A value, from 1 to `MAX_REGISTER`. */
  value: number;
  /** The sketches whose register has the value, as bits. Each of them has a user with that value. */
  equal: number;
  /**
   * The sketches whose register is smaller, as bits. None of them has a user with that value. The other sketches show
   * nothing.
   */
  less: number;
  count: number;
}

/** Everything that the registers of sketches show about the number of users in each combination of sketches. */
export interface Observation {
  /** How many sketches. */
  sketchCount: number;
  /** By `equal` and `less`: cells that have both in common come one after another. */
  cells: Cell[];
  /**
   * For each region (a set of sketches, as bits): the probability that one more user of the region would change a register.
   */
  exposure: Float64Array;
}

/** Compares sketches register by register, and counts the registers that show the same values. */
export function observe(sketches: readonly Registers[]): Observation {
  const sketchCount = sketches.length;
  const regionCount = 1 << sketchCount;
  const counts = new Uint32Array((MAX_REGISTER + 1) * regionCount * regionCount);
  const exposure = new Float64Array(regionCount);
  const values = new Uint8Array(sketchCount);
  const smallest = new Uint8Array(regionCount);
  for (const { index, count } of groupAlike(sketches)) {
    for (const [sketch, registers] of sketches.entries()) {
      values[sketch] = registers[index] as number;
    }
    addToCells(values, count, counts);
    addExposure(values, count, smallest, exposure);
  }
  return { sketchCount, cells: toCells(counts, sketchCount), exposure };
}

/** A group of registers with the same values in each sketch: how many there are, and the index of one of them. */
function groupAlike(sketches: readonly Registers[]): { index: number; count: number }[] {
  let groups = new Uint16Array(REGISTER_COUNT);
  let groupCount = 1;
  for (const registers of sketches) {
    // Each group is split by the values of this sketch; 0 means that there is no group yet.
    const numbers = new Uint16Array(groupCount * (MAX_REGISTER + 1));
    groupCount = 0;
    groups = groups.map((group, index) => {
      const key = group * (MAX_REGISTER + 1) + (registers[index] as number);
      if (numbers[key] === 0) {
        groupCount += 1;
        numbers[key] = groupCount;
      }
      return (numbers[key] as number) - 1;
    });
  }
  const alike = Array.from({ length: groupCount }, () => ({ index: 0, count: 0 }));
  for (const [index, group] of groups.entries()) {
    const one = alike[group] as { index: number; count: number };
    one.index = index;
    one.count += 1;
  }
  return alike;
}

function addToCells(values: Uint8Array, count: number, counts: Uint32Array): void {
  for (let sketch = 0; sketch < values.length; sketch += 1) {
    const value = values[sketch] as number;
    let equal = 0;
    let less = 0;
    for (let other = 0; other < values.length; other += 1) {
      const otherValue = values[other] as number;
      if (otherValue === value) equal |= 1 << other;
      else if (otherValue < value) less |= 1 << other;
    }
    // Sketches with the same value share a cell; the first of them counts it.
    if (value === 0 || equal & ((1 << sketch) - 1)) continue;
    const key = ((equal << values.length) | less) * (MAX_REGISTER + 1) + value;
    counts[key] = (counts[key] as number) + count;
  }
}

/** A user of several sketches first changes the sketch with the smallest value. */
function addExposure(
  values: Uint8Array,
  count: number,
  smallest: Uint8Array,
  exposure: Float64Array,
): void {
  const weight = count / REGISTER_COUNT;
  smallest[0] = MAX_REGISTER;
  for (let region = 1; region < exposure.length; region += 1) {
    const lowest = 31 - Math.clz32(region & -region);
    const rest = smallest[region & (region - 1)] as number;
    const value = Math.min(rest, values[lowest] as number);
    smallest[region] = value;
    exposure[region] = (exposure[region] as number) + weight * (HIDDEN[value] as number);
  }
}

/** For each value, the probability that a user has a larger one. */
const HIDDEN = Float64Array.from({ length: MAX_REGISTER + 1 }, (_, value) =>
  value === MAX_REGISTER ? 0 : 2 ** -value,
);

function toCells(counts: Uint32Array, sketchCount: number): Cell[] {
  const mask = (1 << sketchCount) - 1;
  const cells: Cell[] = [];
  for (let key = 0; key < counts.length; key += 1) {
    const count = counts[key] as number;
    if (count === 0) continue;
    const sets = Math.floor(key / (MAX_REGISTER + 1));
    cells.push({
      value: key % (MAX_REGISTER + 1),
      equal: sets >> sketchCount,
      less: sets & mask,
      count,
    });
  }
  return cells;
}
