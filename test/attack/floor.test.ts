import { expect } from 'chai';
import { createFloor, type Floor, type SegmentUsers } from '../../src/es/queries/floor.js';
import { reportOverlap } from '../../src/es/queries/overlap.js';
import { toEstimate } from '../../src/es/sketch/estimate.js';
import { exactCount } from '../../src/es/sketch/sketched-set.js';
import {
  type Cell,
  cellOf,
  createProjection,
  expressionCells,
  type Search,
  searchWorlds,
  setCell,
  usersOf,
  type World,
} from './lattice.js';
import { atScale, show } from './scale.js';

const WINDOW_DAYS = 14;

/** The cells of expressions over so many segments, by how many. */
const EXPRESSIONS = [0, 1, 2, 3].map(expressionCells);

const exactly = (value: number) => toEstimate(exactCount(value));

/** What is told of the diagram of some segments: of each, of each two, and of all. */
function createOverlaps(reported: Floor, sets: number): (world: World) => string {
  const floor = { ...reported, segment: remembered(reported.segment) };
  const all = Array.from({ length: sets }, (_, set) => set);
  const pairs = all.flatMap((first) => all.slice(first + 1).map((second) => [first, second]));
  const known = new Map<string, number>();
  const numberOf = createNumbers();
  const tell = (regions: World) =>
    numberOf(JSON.stringify(overlapOf(floor, regions, Math.log2(regions.length))));
  const questions = [...pairs, ...(sets > 2 ? [all] : [])].map((named) => {
    const regionsOf = createProjection(sets, named);
    return (world: World) => {
      const regions = regionsOf(world);
      // Each world has its own diagram of all sets, but many share those of two.
      if (named.length === sets) return tell(regions);
      const key = regions.join();
      const answer = known.get(key) ?? tell(regions);
      known.set(key, answer);
      return answer;
    };
  });
  return (world) => questions.map((ask) => ask(world)).join();
}

/** The same, worked out once for each count. */
function remembered(segment: Floor['segment']): Floor['segment'] {
  const known = new Map<number, SegmentUsers>();
  return (estimate, days) => {
    const users = known.get(estimate.count) ?? segment(estimate, days);
    known.set(estimate.count, users);
    return users;
  };
}

/** A number for each text, the same for the same. */
function createNumbers(): (text: string) => number {
  const numbers = new Map<string, number>();
  return (text) => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
}

/** What an overlap and every expression tell, where estimates are exact. */
function overlapOf(floor: Floor, regions: World, sets: number): object {
  const names = Array.from({ length: sets }, (_, set) => String(set));
  const leastRegion = Math.min(...regions.slice(1));
  const sizes = names.map((_, set) => {
    return floor.segment(exactCount(usersOf(regions, setCell(sets, set))), WINDOW_DAYS);
  });
  const isPair = sets === 2;
  const [, onlyFirst = 0, onlySecond = 0, both = 0] = regions;
  const union = exactly(regions.reduce((sum, users) => sum + users, 0));
  const intersection = exactly(regions.at(-1) as number);
  const overlap = {
    onlyFirst: exactly(onlyFirst),
    onlySecond: exactly(onlySecond),
    both: exactly(both),
    union,
    jaccard: exactly(both / union.value),
    reliable: true,
  };
  const estimates = {
    pairs: isPair ? [{ positions: [0, 1] as [number, number], overlap }] : [],
    union,
    intersection: { ...intersection, reliable: true },
  };
  const expressions = (EXPRESSIONS[sets] ?? []).flatMap((cell) => {
    const estimate = exactly(usersOf(regions, cell));
    const { userCount, interval, exact } = floor.several(estimate, { leastRegion, most: 0 });
    return [userCount, interval.low, interval.high, exact];
  });
  return [reportOverlap(floor, { names, sizes, estimates, leastRegion }), expressions];
}

/** Every run of days of a window, each a set of users, by its first day and how many days it has. */
function runsOf(days: number): { cell: Cell; length: number }[] {
  const all = Array.from({ length: days }, (_, day) => day);
  return all.flatMap((first) =>
    all.slice(first).map((last) => {
      const length = last - first + 1;
      const run = ((1 << length) - 1) << first;
      return { cell: cellOf(days, (region) => (region & run) !== 0), length };
    }),
  );
}

/** What is told of a segment over every run of days: counts, estimates, histories and details of lists. */
function createRuns(floor: Floor, days: number): (world: World) => string {
  const runs = runsOf(days);
  return (world) =>
    runs.map(({ cell, length }) => floor.count(usersOf(world, cell), length)).join();
}

/** The users of a run who are, and who are not, of another, and those of each pattern of days. */
function runCells(days: number): Cell[] {
  const runs = runsOf(days).map(({ cell }) => cell);
  const patterns = Array.from({ length: (1 << days) - 1 }, (_, index) => 1 << (index + 1));
  const pairs = runs.flatMap((one) => runs.flatMap((other) => [one & other, one & ~other]));
  return [...new Set([...patterns, ...pairs])].filter((cell) => cell !== 0);
}

const everyCell = (sets: number) =>
  Array.from({ length: 2 ** ((1 << sets) - 1) - 1 }, (_, index) => (index + 1) << 1);

function expectNothingPinned(what: string, search: Search): void {
  const { worlds, answers, pinned } = searchWorlds(search);
  show(`${what}: ${worlds} worlds, ${answers} answers, ${pinned.length} pin a cell`);
  expect(pinned, what).to.deep.equal([]);
  expect(answers).to.be.above(1);
}

/** Up to where sizes are looked at: one less than a multiple of every step, so that no larger one is told alike. */
const upTo = (users: number) => users - 1;

describe('Subtracting what is told from what is told', () => {
  const limits = (sets: number, most: number) =>
    Array.from({ length: sets }, (_, set) => ({ cell: setCell(sets, set), most }));
  const ofSegments = (sets: number, least: number, most: number): Search => ({
    sets,
    least,
    limits: limits(sets, most),
    cells: expressionCells(sets),
    answersOf: createOverlaps(createFloor(least, WINDOW_DAYS), sets),
  });
  const ofDays = (days: number, least: number, most: number): Search => ({
    sets: days,
    least,
    limits: [{ cell: cellOf(days, () => true), most }],
    cells: days < 4 ? everyCell(days) : runCells(days),
    answersOf: createRuns(createFloor(least, days), days),
  });

  it('is found where each small number is hidden, and nothing else', () => {
    const least = 3;
    const reported = (users: number) => (users < least ? 0 : users);
    const cells = expressionCells(2);
    const { answers, pinned } = searchWorlds({
      sets: 2,
      least,
      cells,
      limits: limits(2, upTo(9)),
      answersOf: (world) => cells.map((cell) => reported(usersOf(world, cell))).join(),
    });
    show(`two segments: ${pinned.length} of ${answers} answers pin a cell`);
    expect(pinned.length).to.be.above(20);
    const runs = runsOf(3);
    const days = searchWorlds({
      ...ofDays(3, least, upTo(9)),
      answersOf: (world) => runs.map(({ cell }) => reported(usersOf(world, cell))).join(),
    });
    show(`three days: ${days.pinned.length} of ${days.answers} answers pin a cell`);
    expect(days.pinned.length).to.be.above(20);
  });

  it('pins no cell of two segments', () => {
    for (let least = 2; least <= atScale(3, 5); least += 1) {
      expectNothingPinned(`least ${least}`, ofSegments(2, least, upTo(8 * least)));
    }
  });

  it('pins no cell of three segments, whatever is asked of each, of two and of all', () => {
    expectNothingPinned('least 2', ofSegments(3, 2, upTo(atScale(10, 14))));
    if (atScale(0, 1) === 1) expectNothingPinned('least 3', ofSegments(3, 3, upTo(15)));
  }).timeout(600_000);

  it('pins no cell of the days of a window, whatever runs of days are counted', () => {
    expectNothingPinned('least 2', ofDays(3, 2, upTo(atScale(12, 20))));
    expectNothingPinned('least 3', ofDays(3, 3, upTo(atScale(12, 24))));
    expectNothingPinned('least 2, 4 days', ofDays(4, 2, upTo(atScale(6, 12))));
  }).timeout(600_000);
});
