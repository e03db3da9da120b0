import { expect } from 'chai';
import fc from 'fast-check';
import type { Estimate } from '../../src/es/sketch/estimate.js';
import { estimateExpression } from '../../src/es/sketch/expression.js';
import { estimateSet, type SketchedSet } from '../../src/es/sketch/sketched-set.js';
import { estimateLeastRegion, estimateOverlaps } from '../../src/es/sketch/thread-tasks.js';
import { type Venn, vennOf } from '../../src/es/sketch/venn.js';
import { drawFamily, type FamilyRecipe, familiesOf, usersWhere } from '../support/families.js';
import { expectSound } from '../support/sketches.js';

const RUNS = { numRuns: 60 };

/** Selections of regions, as the numbers of them in a random list. */
const selections = fc.array(fc.array(fc.nat(63), { maxLength: 20 }), { maxLength: 4 });
const selectionOf = (regions: readonly number[], users: readonly number[]) => {
  const selected = new Set(regions.map((region) => region % users.length));
  return (region: number) => selected.has(region);
};

/** The estimate of an expression. */
const asked = (sets: readonly SketchedSet[], all: number[], any: number[], none: number[]) => {
  const { reliable: _, ...estimate } = estimateExpression({ sets, all, any, none });
  return estimate;
};

function expectSums({ table, sizes, estimate }: Venn): void {
  const users = table();
  for (const count of users)
    expect(Number.isInteger(count) && count >= 0, `${count}`).to.equal(true);
  for (const [set, { count }] of sizes.entries()) {
    expect(usersWhere(Array.from(users), (region) => (region & (1 << set)) !== 0)).to.equal(count);
  }
  expect(estimate(() => true).value).to.equal(users.reduce((sum, count) => sum + count));
}

function expectPairs(recipe: FamilyRecipe): void {
  const { sets } = drawFamily(recipe);
  const { sizes, pairs, union, intersection } = estimateOverlaps(sets);
  expect(sizes).to.deep.equal(sets.map(estimateSet));
  expectSound(union);
  expectSound(intersection, Math.min(...sizes.map(({ count }) => count)));
  for (const { positions, overlap } of pairs) {
    const [first, second] = positions.map((position) => sizes[position]?.count) as [number, number];
    const { onlyFirst, onlySecond, both, jaccard } = overlap;
    for (const estimate of [onlyFirst, onlySecond, both, overlap.union]) expectSound(estimate);
    expectSound(jaccard, 1);
    expect(onlyFirst.value + both.value).to.equal(first);
    expect(onlySecond.value + both.value).to.equal(second);
    expect(first + onlySecond.value).to.equal(overlap.union.value);
    expect(overlap.union.value).to.be.at.most(union.value);
    expect(intersection.value).to.be.at.most(both.value);
    expect(jaccard.value).to.equal(both.value === 0 ? 0 : both.value / overlap.union.value);
    expect(jaccard.exact).to.equal(both.exact && (overlap.union.exact || both.value === 0));
  }
}

describe('the Venn diagram of some sets', () => {
  it('adds up to the sizes of the sets, and estimates of parts to those of the whole', () => {
    fc.assert(
      fc.property(familiesOf(), selections, (recipe, selected) => {
        const { sets, users } = drawFamily(recipe);
        const venn = vennOf(sets);
        expectSums(venn);
        for (const regions of selected) {
          const selection = selectionOf(regions, users);
          const some = venn.estimate(selection);
          const others = venn.estimate((region) => !selection(region));
          expectSound(some);
          expect(Object.is(some.interval.low, -0)).to.equal(false);
          const all = users.reduce((sum, count) => sum + count);
          expect(some.interval.high).to.be.at.most(3 * all + 100);
          expect(some.value + others.value).to.equal(venn.estimate(() => true).value);
        }
      }),
      RUNS,
    );
  });

  it('has overlaps that do not contradict each other', () => {
    fc.assert(fc.property(familiesOf(), expectPairs), RUNS);
  });

  it('is known where samples have all users', () => {
    fc.assert(
      fc.property(familiesOf(), selections, (recipe, selected) => {
        const { sets, users, sampleSize } = drawFamily(recipe);
        const venn = vennOf(sets);
        for (const [set, { count, exact }] of venn.sizes.entries()) {
          const truth = usersWhere(users, (region) => (region & (1 << set)) !== 0);
          expect(exact).to.equal(truth === 0 || truth <= sampleSize);
          if (exact) expect(count).to.equal(truth);
        }
        const allKnown = venn.sizes.every(({ exact }) => exact);
        for (const regions of selected) {
          const selection = selectionOf(regions, users);
          const estimate = venn.estimate(selection);
          const truth = usersWhere(users, selection);
          if (allKnown) expect(estimate.exact).to.equal(true);
          if (!estimate.exact) continue;
          expect(estimate).to.deep.equal({
            value: truth,
            interval: { low: truth, high: truth },
            exact: true,
          });
        }
      }),
      RUNS,
    );
  });

  it('of two sets answers overlaps and expressions with the same numbers', () => {
    fc.assert(
      fc.property(familiesOf(), (recipe) => {
        const sets = drawFamily(recipe).sets.slice(0, 2);
        const { pairs, union, intersection, sizes } = estimateOverlaps(sets);
        const overlap = pairs[0]?.overlap;
        expect(asked(sets, [], [0, 1], [])).to.deep.equal(union);
        expect(overlap?.union).to.deep.equal(union);
        const { reliable, ...both } = intersection;
        expect(asked(sets, [0, 1], [], [])).to.deep.equal(both);
        expect(overlap?.both).to.deep.equal(both);
        expect(asked(sets, [0], [], [1])).to.deep.equal(overlap?.onlyFirst);
        expect(asked(sets, [1], [], [0])).to.deep.equal(overlap?.onlySecond);
        expect(asked(sets, [0], [], []).value).to.equal(sizes[0]?.count);
        const parts = [overlap?.onlyFirst, overlap?.onlySecond, overlap?.both] as Estimate[];
        expect(estimateLeastRegion(sets)).to.equal(Math.min(...parts.map(({ value }) => value)));
      }),
      RUNS,
    );
  });
});
