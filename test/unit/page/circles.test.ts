import { expect } from 'chai';
import fc from 'fast-check';
import type { Overlap } from '../../../src/page/api/answers.js';
import { LETTERS, layOutCircles } from '../../../src/page/overlap/circles.js';

const [WIDTH, HEIGHT] = [480, 340];

/** What two circles have in common. */
function lens(first: number, second: number, distance: number): number {
  if (distance >= first + second) return 0;
  if (distance <= Math.abs(first - second)) return Math.PI * Math.min(first, second) ** 2;
  const angle = (one: number, other: number) => {
    const cosine = (distance ** 2 + one ** 2 - other ** 2) / (2 * distance * one);
    // Where circles just touch, rounding makes it a hair more than 1, which is the cosine of no angle.
    return 2 * Math.acos(Math.min(Math.max(cosine, -1), 1));
  };
  const [alpha, beta] = [angle(first, second), angle(second, first)];
  const part = (radius: number, arc: number) => (radius ** 2 * (arc - Math.sin(arc))) / 2;
  return part(first, alpha) + part(second, beta);
}

/**
 * @param both what each two share: the first and the second, the first and the third, the second and the third
 * @param all what three share
 */
function overlapOf(counts: readonly number[], both: readonly number[], all = 0): Overlap {
  const users = (user_count: number) => ({
    user_count,
    interval: { low: user_count, high: user_count },
    exact: false,
    reliable: true,
  });
  const names = LETTERS.slice(0, counts.length).map((letter) => `segment ${letter}`);
  const couples = names.flatMap((one, index) =>
    names.slice(index + 1).map((other): [string, string] => [one, other]),
  );
  const pairs = couples.map((segments, index) => ({
    segments,
    union: users(0),
    only_first: users(0),
    only_second: users(0),
    intersection: users(both[index] as number),
    jaccard: { value: 0, interval: { low: 0, high: 0 }, exact: false },
  }));
  return {
    window: { days: 1, from: '', to: '' },
    as_of: '',
    segments: names.map((segment, index) => ({ segment, ...users(counts[index] as number) })),
    union: users(0),
    intersection: users(counts.length === 2 ? (both[0] as number) : all),
    pairs,
  };
}

describe('Circles of an overlap', () => {
  it('have the areas of two segments and of what they share, within the drawing', () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 100 }), fc.nat(100))
      .map(([larger, share, both]) => {
        const smaller = Math.max(1, Math.round((larger * share) / 100));
        return [larger, smaller, Math.floor((smaller * both) / 100)] as const;
      });
    fc.assert(
      fc.property(cases, ([larger, smaller, both]) => {
        const { circles } = layOutCircles(overlapOf([larger, smaller], [both]), WIDTH, HEIGHT);
        const [one, other] = circles as [(typeof circles)[0], (typeof circles)[0]];
        const perUser = (Math.PI * one.radius ** 2) / larger;
        expect((Math.PI * other.radius ** 2) / perUser / smaller).to.be.closeTo(1, 1e-6);
        const shared = lens(one.radius, other.radius, Math.hypot(one.x - other.x, one.y - other.y));
        expect(shared / perUser / smaller).to.be.closeTo(both / smaller, 0.01);
        for (const { x, y, radius } of circles) {
          expect(Math.min(x, y, WIDTH - x, HEIGHT - y) - radius).to.be.at.least(-0.001);
        }
      }),
      // Circles that just touch.
      { examples: [[[12, 7, 0]], [[459_730, 266_643, 0]]] },
    );
  });

  it('can be drawn whatever three segments share, and show a common part only where there is one', () => {
    // How many users are in the first, the second, both, the third, ... and in no other.
    const parts = fc.array(fc.oneof(fc.constant(0), fc.nat(20), fc.nat(1e9)), {
      minLength: 7,
      maxLength: 7,
    });
    fc.assert(
      fc.property(parts, (only) => {
        const inAll = (bits: number) =>
          only.reduce(
            (sum, users, index) => (((index + 1) & bits) === bits ? sum + users : sum),
            0,
          );
        const overlap = overlapOf([1, 2, 4].map(inAll), [3, 5, 6].map(inAll), inAll(7));
        const { circles, shared } = layOutCircles(overlap, WIDTH, HEIGHT);
        const numbers = circles.flatMap(({ x, y, radius, label }) => [
          x,
          y,
          radius,
          label.x,
          label.y,
        ]);
        expect(numbers.every(Number.isFinite)).to.equal(true);
        expect(shared).not.to.match(/NaN|Infinity/);
        expect(shared === '').to.equal(inAll(7) === 0);
      }),
      // One within the other, and a third that is the same as the larger.
      { examples: [[[0, 0, 0, 0, 7_207_285, 0, 20]], [[0, 44_884, 8_022_755, 0, 0, 5_706, 0]]] },
    );
  });

  it('have the areas of three segments', () => {
    const { circles } = layOutCircles(overlapOf([900, 400, 100], [50, 50, 50], 10), WIDTH, HEIGHT);
    const areas = circles.map(({ radius }) => radius ** 2);
    expect((areas[1] as number) / (areas[0] as number)).to.be.closeTo(400 / 900, 1e-6);
    expect((areas[2] as number) / (areas[0] as number)).to.be.closeTo(100 / 900, 1e-6);
  });

  it('leave out who has no users', () => {
    const { circles } = layOutCircles(overlapOf([10, 0, 5], [0, 0, 0]), WIDTH, HEIGHT);
    expect(circles.map(({ letter }) => letter)).to.deep.equal(['A', 'C']);
    expect(layOutCircles(overlapOf([0, 0], [0]), WIDTH, HEIGHT).circles).to.deep.equal([]);
  });
});
