import { expect } from 'chai';
import { boundsOfOccupied } from '../../src/es/sketch/occupancy.js';
import { REGISTER_COUNT } from '../../src/es/sketch/registers.js';

/** How many of some cells so many users occupy: the probability of each number. Calls back for 0, 1, 2… users. */
function eachUsers(cells: number, most: number, visit: (chances: readonly number[]) => void) {
  let chances = [1];
  for (let users = 0; users <= most; users += 1) {
    visit(chances);
    chances = Array.from({ length: chances.length + 1 }, (_, occupied) => {
      const stays = ((chances[occupied] ?? 0) * occupied) / cells;
      const grows = (chances[occupied - 1] ?? 0) * (1 - (occupied - 1) / cells);
      return stays + grows;
    });
  }
}

/** The bounds by their definition, from the distribution for each number of users. */
function boundsByDefinition(occupied: number, cells: number) {
  const plausible: number[] = [];
  eachUsers(cells, 6 * occupied + 20, (chances) => {
    const own = 0.6 * (chances[occupied] ?? 0);
    const fewer = chances.slice(0, occupied).reduce((sum, chance) => sum + chance, own);
    const more = chances.slice(occupied + 1).reduce((sum, chance) => sum + chance, own);
    if (fewer >= 0.025 && more >= 0.025) plausible.push(chances.length - 1);
  });
  return { low: Math.min(...plausible), high: Math.max(...plausible) };
}

describe('the numbers of users that are plausible for so many occupied cells', () => {
  for (const cells of [8, 64, 100]) {
    it(`are those by the exact distribution, of ${cells} cells`, () => {
      for (let occupied = 1; occupied < cells / 2; occupied += 1) {
        expect(boundsOfOccupied(occupied, cells), `${occupied} cells`).to.deep.equal(
          boundsByDefinition(occupied, cells),
        );
      }
    });
  }

  it('are those by the exact distribution, of the registers of a sketch', () => {
    for (const occupied of [1, 30, 100, 250]) {
      expect(boundsOfOccupied(occupied, REGISTER_COUNT), `${occupied} registers`).to.deep.equal(
        boundsByDefinition(occupied, REGISTER_COUNT),
      );
    }
  });
});
