import { expect } from 'chai';
import { exactSample, NO_LIMIT, NO_SAMPLE, type Sample } from '../../src/es/sketch/sample.js';
import { observeSamples } from '../../src/es/sketch/sample-cells.js';

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
});
