import { expect } from 'chai';
import { exactSample, NO_LIMIT, NO_SAMPLE, type Sample } from '../../src/es/sketch/sample.js';
import { observeSamples as observe } from '../../src/es/sketch/sample-cells.js';

/** What samples show, without lookalikes. */
function observeSamples(samples: readonly Sample[]) {
  const { cells, exposure } = observe(samples);
  return { cells: cells.map(({ regions, count }) => ({ regions, count })), exposure };
}

const sampleOf = (limit: number, ...codes: number[]): Sample => ({
  limit,
  codes: Int32Array.from(codes),
});
const QUARTER = 2 ** 31 - 2 * 2 ** 26;
const HALF = 2 ** 31 - 2 ** 26;

describe('what samples show', () => {
  it('is the region of each hash below all limits', () => {
    const { cells, exposure } = observeSamples([
      sampleOf(HALF, 1, 2, 3, 4),
      sampleOf(HALF, 3, 4, 5),
    ]);
    expect(cells).to.have.deep.members([
      { regions: [1], count: 2 },
      { regions: [3], count: 2 },
      { regions: [2], count: 1 },
    ]);
    expect(Array.from(exposure)).to.deep.equal([0, 0.5, 0.5, 0.5]);
  });

  it('is nothing of sets whose limit a hash is not below', () => {
    const { cells, exposure } = observeSamples([
      sampleOf(HALF, 1, 2, QUARTER, QUARTER + 5),
      sampleOf(QUARTER, 2, 7),
    ]);
    expect(cells).to.have.deep.members([
      { regions: [1], count: 1 },
      { regions: [3], count: 1 },
      { regions: [2], count: 1 },
      { regions: [1, 3], count: 2 },
    ]);
    expect(Array.from(exposure)).to.deep.equal([0, 0.5, 0.25, 0.5]);
  });

  it('is nothing of a set without a sample, and everything of one that has all users', () => {
    const { cells, exposure } = observeSamples([NO_SAMPLE, sampleOf(NO_LIMIT, 8), exactSample([])]);
    expect(cells).to.deep.equal([{ regions: [2, 3], count: 1 }]);
    expect(Array.from(exposure)).to.deep.equal([0, 0, 1, 1, 1, 1, 1, 1]);
  });

  it('may be two users that look like one, who is in the sets of both', () => {
    const codes = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => from + 2 * index);
    const { cells } = observe([
      sampleOf(HALF, 1, ...codes(10, 999)),
      sampleOf(HALF, 1, ...codes(11, 499)),
    ]);
    expect(cells.map(({ lookalikes }) => lookalikes)).to.deep.equal([
      // Of 999 x 499 pairs one of 2^27 has the same code, in half of all hashes.
      (999 * 499) / 2 ** 26,
      0,
      0,
    ]);
  });
});
