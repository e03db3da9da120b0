import { expect } from 'chai';
import fc from 'fast-check';
import type { Overlap } from '../../../src/page/api/answers.js';
import { LETTERS, layOutCircles } from '../../../src/page/overlap/circles.js';

const [WIDTH, HEIGHT] = [480, 340];

/** What two circles have in common. */
function lens(first: number, second: number, distance: number): number {
  if (distance >= first + second) return 0;
  if (distance <= Math.abs(first - second)) return Math.PI * Math.min(first, second) ** 2;
  const half = (one: number, other: number) =>
    2 * Math.acos((distance ** 2 + one ** 2 - other ** 2) / (2 * distance * one));
  const [alpha, beta] = [half(first, second), half(second, first)];
  const part = (radius: number, angle: number) => (radius ** 2 * (angle - Math.sin(angle))) / 2;
  return part(first, alpha) + part(second, beta);
}

function overlapOf(counts: readonly number[], both: number, all = 0): Overlap {
  const users = (user_count: number) => ({
    user_count,
    interval: { low: user_count, high: user_count },
    reliable: true,
  });
  const names = LETTERS.slice(0, counts.length).map((letter) => `segment ${letter}`);
  const pairs = names.flatMap((one, index) =>
    names.slice(index + 1).map((other) => ({
      segments: [one, other] as [string, string],
      ...{ union: users(0), only_first: users(0), only_second: users(0) },
      ...{ intersection: users(both), jaccard: { value: 0, interval: { low: 0, high: 0 } } },
    })),
  );
  return {
    window: { days: 1, from: '', to: '' },
    as_of: '',
    segments: names.map((segment, index) => ({ segment, ...users(counts[index] as number) })),
    ...{ union: users(0), intersection: users(counts.length === 2 ? both : all), pairs },
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
        const { circles } = layOutCircles(overlapOf([larger, smaller], both), WIDTH, HEIGHT);
        const [one, other] = circles as [(typeof circles)[0], (typeof circles)[0]];
        const perUser = (Math.PI * one.radius ** 2) / larger;
        expect((Math.PI * other.radius ** 2) / perUser / smaller).to.be.closeTo(1, 1e-6);
        const shared = lens(one.radius, other.radius, Math.hypot(one.x - other.x, one.y - other.y));
        expect(shared / perUser / smaller).to.be.closeTo(both / smaller, 0.01);
        for (const { x, y, radius } of circles) {
          expect(Math.min(x, y, WIDTH - x, HEIGHT - y) - radius).to.be.at.least(-0.001);
        }
      }),
    );
  });

  it('have the areas of three segments', () => {
    const { circles } = layOutCircles(overlapOf([900, 400, 100], 50, 10), WIDTH, HEIGHT);
    const areas = circles.map(({ radius }) => radius ** 2);
    expect((areas[1] as number) / (areas[0] as number)).to.be.closeTo(400 / 900, 1e-6);
    expect((areas[2] as number) / (areas[0] as number)).to.be.closeTo(100 / 900, 1e-6);
  });

  it('leave out who has no users', () => {
    const { circles } = layOutCircles(overlapOf([10, 0, 5], 0), WIDTH, HEIGHT);
    expect(circles.map(({ letter }) => letter)).to.deep.equal(['A', 'C']);
    expect(layOutCircles(overlapOf([0, 0], 0), WIDTH, HEIGHT).circles).to.deep.equal([]);
  });
});
