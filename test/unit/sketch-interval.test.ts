import { expect } from 'chai';
import fc from 'fast-check';
import { estimateCount, estimateFromCount, standardErrorOf } from '../../src/es/sketch/interval.js';
import { boundsOfOccupied } from '../../src/es/sketch/occupancy.js';
import { MAX_REGISTER, REGISTER_COUNT } from '../../src/es/sketch/registers.js';

describe('the interval of a count', () => {
  it('is of one number as long as users hardly meet', () => {
    expect(estimateCount(new Uint8Array(REGISTER_COUNT))).to.deep.equal({
      count: 0,
      standardError: 0,
      interval: { low: 0, high: 0 },
      exact: true,
    });
    for (const occupied of [1, 2, 10, 20]) {
      expect(boundsOfOccupied(occupied, REGISTER_COUNT)).to.deep.equal({
        low: occupied,
        high: occupied,
      });
    }
  });

  it('holds at least 93 % for each small number of users, by the exact distribution', () => {
    const bounds = Array.from({ length: 1_024 }, (_, index) =>
      boundsOfOccupied(index + 1, REGISTER_COUNT),
    );
    let chances = Float64Array.of(1);
    for (let users = 1; users <= 1_024; users += 1) {
      chances = withOneMore(chances);
      let covered = 0;
      for (const [index, { low, high }] of bounds.slice(0, users).entries()) {
        if (low <= users && users <= high) covered += chances[index + 1] as number;
      }
      expect(covered, `${users} users`).to.be.at.least(0.93);
    }
  });

  it('goes on where the exact one ends', () => {
    const { low, high } = boundsOfOccupied(1_024, REGISTER_COUNT);
    const half = 1.96 * standardErrorOf((low + high) / 2);
    expect(half / ((high - low) / 2)).to.be.within(0.9, 1.15);
  });

  for (const [users, error] of [
    [2, 0.00781266],
    [3, 0.01353206],
    [10, 0.0524132],
    [200, 1.1043355],
    [1_024, 5.713607],
    [1_025, 5.7319874],
    [2_000, 11.2679693],
    [16_384, 100.5331939],
    [50_000, 345.0746334],
    [1e6, 8_055.2853144],
    [1e9, 8_116_910.049],
    [1e15, 8_116_672_394_281],
  ] as const) {
    it(`comes from a standard error of ${error} for ${users} users`, () => {
      expect(standardErrorOf(users) / error).to.be.closeTo(1, 2e-6);
    });
  }

  it('comes from no error for nobody and for one user, and from that of two who meet', () => {
    expect([standardErrorOf(0), standardErrorOf(1)]).to.deep.equal([0, 0]);
    for (let users = 2; users < 10; users += 1) {
      const expected = Math.sqrt((users * (users - 1)) / (2 * REGISTER_COUNT));
      expect(standardErrorOf(users) / expected).to.be.closeTo(1, 1e-3);
    }
  });

  it('is the exact one up to 1024 occupied registers, and the normal one beyond', () => {
    const occupy = (registers: number) => new Uint8Array(REGISTER_COUNT).fill(1, 0, registers);
    for (const occupied of [1, 30, 500, 1_023, 1_024]) {
      const { count, interval } = estimateCount(occupy(occupied));
      const { low, high } = boundsOfOccupied(occupied, REGISTER_COUNT);
      expect(interval).to.deep.equal({ low: Math.min(count, low), high: Math.max(count, high) });
    }
    for (const occupied of [1_025, 2_000, 10_000]) {
      const { count, standardError, interval } = estimateCount(occupy(occupied));
      expect(standardError).to.equal(standardErrorOf(count));
      const half = 1.959964 * standardError;
      expect(interval).to.deep.equal({
        low: Math.floor(count - half),
        high: Math.ceil(count + half),
      });
    }
  });

  it('follows from the count alone, unless the sketch has few users', () => {
    const occupied = fc.nat(REGISTER_COUNT);
    const value = fc.integer({ min: 1, max: MAX_REGISTER });
    fc.assert(
      fc.property(fc.oneof(occupied, fc.integer({ min: 1_000, max: 1_050 })), value, (some, of) => {
        const estimate = estimateCount(new Uint8Array(REGISTER_COUNT).fill(of, 0, some));
        const fromCount = estimateFromCount(estimate.count);
        if (some === 0 || some > 1_100) expect(fromCount).not.to.equal(undefined);
        if (some > 0 && some <= 1_024) expect(fromCount).to.equal(undefined);
        expect(fromCount ?? estimate).to.deep.equal(estimate);
      }),
    );
  });

  it('comes from a standard error that is 0.55 % for few and 0.81 % for many', () => {
    expect(standardErrorOf(200) / 200).to.be.closeTo(0.0055, 0.0001);
    expect(standardErrorOf(1e7) / 1e7).to.be.closeTo(0.0081, 0.0001);
  });
});

/** The distribution of how many registers are in use, after one more user. */
function withOneMore(chances: Float64Array): Float64Array<ArrayBuffer> {
  const next = new Float64Array(chances.length + 1);
  for (const [occupied, chance] of chances.entries()) {
    const meets = occupied / REGISTER_COUNT;
    next[occupied] = (next[occupied] as number) + chance * meets;
    next[occupied + 1] = (next[occupied + 1] as number) + chance * (1 - meets);
  }
  return next;
}
