import {
  computeTextCentres,
  type ICircle,
  type IPoint,
  type ISetOverlap,
  type ISolution,
  intersectionAreaPath,
  scaleSolution,
  venn,
} from '@upsetjs/venn.js';
import type { Overlap } from '../api/answers.js';

/** The letters of the segments in a diagram. */
export const LETTERS = ['A', 'B', 'C'] as const;

/**
 * The largest area in units of the layout. The layout treats areas as equal if they differ by less than 1e-10, and fails if
 * rounding makes a greater difference. With areas of millions this happens for equal sets.
 */
const LARGEST_AREA = 10_000;

/** The space that a letter needs on each side. */
const LETTER_ROOM = 14;

interface Circle {
  letter: string;
  x: number;
  y: number;
  radius: number;
  /** The position of its letter. */
  label: { x: number; y: number };
}

export interface Circles {
  circles: Circle[];
  /** The outline of the part that all circles share; empty if the segments share no users, even if the circles overlap. */
  shared: string;
}

/**
 * Circles whose areas are proportional to the numbers of users, and which overlap in proportion to the shared users:
 * exactly for two circles, as exactly as possible for three (Frederickson, "A better algorithm for area proportional Venn
 * and Euler diagrams", 2013). A segment without users has no circle.
 */
export function layOutCircles(overlap: Overlap, width: number, height: number): Circles {
  const areas = areasOf(overlap);
  const singles = areas.filter(({ sets }) => sets.length === 1);
  const drawn = singles.map(({ sets }) => sets[0] as string);
  const known = areas.filter(({ sets }) => sets.every((letter) => drawn.includes(letter)));
  if (drawn.length === 0) return { circles: [], shared: '' };
  const layout = scaleSolution(venn(known), width, height, 2);
  const labels = computeTextCentres(layout, singles);
  const circles = drawn.map((letter) => {
    const { x, y, radius } = layout[letter] as ICircle;
    const label = labels[letter];
    const isClear = label !== undefined && clearance(label, Object.values(layout)) >= LETTER_ROOM;
    return { letter, x, y, radius, label: isClear ? label : aside(letter, layout) };
  });
  const { user_count: common } = overlap.intersection;
  return { circles, shared: common === 0 ? '' : intersectionAreaPath(Object.values(layout)) };
}

/** The distance of a point to the nearest outline. */
function clearance({ x, y }: IPoint, circles: readonly ICircle[]): number {
  const distances = circles.map((one) => Math.abs(Math.hypot(x - one.x, y - one.y) - one.radius));
  return Math.min(...distances);
}

/**
 * The position of a letter if the part that only its circle has is too small: in the circle, away from the other circles.
 */
function aside(letter: string, circles: ISolution): IPoint {
  const { x, y, radius } = circles[letter] as ICircle;
  const others = Object.entries(circles).filter(([name]) => name !== letter);
  const away = others.reduce(
    (sum, [, other]) => ({ x: sum.x + x - other.x, y: sum.y + y - other.y }),
    { x: 0, y: 0 },
  );
  const length = Math.hypot(away.x, away.y);
  // Concentric circles get their letters side by side.
  const [dx, dy] =
    length < 1 ? [LETTERS.indexOf(letter as 'A') - 1, 0] : [away.x / length, away.y / length];
  return { x: x + (dx * radius) / 2, y: y + (dy * radius) / 2 };
}

function areasOf({ segments, pairs, intersection }: Overlap): ISetOverlap[] {
  const letterOf = new Map(segments.map(({ segment }, index) => [segment, LETTERS[index] ?? '']));
  const singles = segments.flatMap(({ segment, user_count }) =>
    user_count === 0 ? [] : [{ sets: [letterOf.get(segment) ?? ''], size: user_count }],
  );
  const doubles = pairs.map((pair) => ({
    sets: pair.segments.map((segment) => letterOf.get(segment) ?? ''),
    size: pair.intersection.user_count,
  }));
  const triple = { sets: [...LETTERS], size: intersection.user_count };
  const isKnown = segments.length === LETTERS.length && !intersection.below_floor;
  const areas = [...singles, ...doubles, ...(isKnown ? [triple] : [])];
  const scale = LARGEST_AREA / Math.max(...segments.map(({ user_count }) => user_count), 1);
  return areas.map(({ sets, size }) => ({ sets, size: size * scale }));
}
