/**
 * The users of some sets, counted by region of their Venn diagram: at position r those who are in just the sets whose
 * bits r has. Nobody is at position 0.
 */
export type World = readonly number[];

/** Some regions together, as the bits of a number: bit r for region r. */
export type Cell = number;

export interface Search {
  /** How many sets there are. */
  sets: number;
  /** What has at most so many users in each world that is looked at. */
  limits: readonly { cell: Cell; most: number }[];
  /** All that is told of a world. */
  answersOf: (world: World) => string;
  /** What is not to be known to have from 1 up to `least` - 1 users. */
  cells: readonly Cell[];
  least: number;
}

export interface Found {
  worlds: number;
  /** How many different answers they have. */
  answers: number;
  /** Answers that leave no doubt that a cell has users, and fewer than `least`: in each world that has them it is so. */
  pinned: { answers: string; cells: Cell[] }[];
}

/**
 * Goes through every world, and finds the answers that pin a cell below the least number. The limits have to be such
 * that no world beyond them has the answers of one within.
 */
export function searchWorlds({ sets, limits, answersOf, cells, least }: Search): Found {
  const open = new Map<string, readonly Cell[]>();
  let worlds = 0;
  const isSmall = (users: number) => users > 0 && users < least;
  forEachWorld(sets, limits, (world) => {
    worlds += 1;
    const answers = answersOf(world);
    const left = open.get(answers) ?? cells;
    if (left.length > 0 || !open.has(answers)) {
      open.set(
        answers,
        left.filter((cell) => isSmall(usersOf(world, cell))),
      );
    }
  });
  const pinned = Array.from(open, ([answers, left]) => ({ answers, cells: [...left] }));
  return { worlds, answers: open.size, pinned: pinned.filter((one) => one.cells.length > 0) };
}

export function usersOf(world: World, cell: Cell): number {
  let users = 0;
  for (let region = 1; region < world.length; region += 1) {
    if ((cell >> region) & 1) users += world[region] as number;
  }
  return users;
}

/** The users who are in a set. */
export function setCell(sets: number, set: number): Cell {
  return cellOf(sets, (region) => ((region >> set) & 1) === 1);
}

/** What an expression can name: the users of all of some sets, of any of some, and of none of some. */
export function expressionCells(sets: number): Cell[] {
  const groups = Array.from({ length: 1 << sets }, (_, group) => group);
  const cells = groups.flatMap((all) =>
    groups.flatMap((any) =>
      groups.map((none) =>
        cellOf(sets, (region) => {
          const isIn = (region & all) === all && (any === 0 || (region & any) !== 0);
          return all + any > 0 && isIn && (region & none) === 0;
        }),
      ),
    ),
  );
  return [...new Set(cells)].filter((cell) => cell !== 0);
}

export function cellOf(sets: number, isIn: (region: number) => boolean): Cell {
  let cell = 0;
  for (let region = 1; region < 1 << sets; region += 1) if (isIn(region)) cell |= 1 << region;
  return cell;
}

function forEachWorld(sets: number, limits: Search['limits'], visit: (world: World) => void): void {
  const size = 1 << sets;
  const world = new Array<number>(size).fill(0);
  const left = limits.map(({ most }) => most);
  const limitsOf = world.map((_, region) =>
    Array.from(limits.keys()).filter((at) => ((limits[at]?.cell ?? 0) >> region) & 1),
  );
  const fill = (region: number): void => {
    if (region === size) {
      visit(world);
      return;
    }
    const own = limitsOf[region] as number[];
    const most = Math.min(...own.map((at) => left[at] as number));
    for (let users = 0; users <= most; users += 1) {
      world[region] = users;
      for (const at of own) (left[at] as number) -= users;
      fill(region + 1);
      for (const at of own) (left[at] as number) += users;
    }
    world[region] = 0;
  };
  fill(1);
}

/** The regions of the diagram of just some of the sets. */
export function createProjection(sets: number, named: readonly number[]): (world: World) => World {
  const own = Array.from({ length: 1 << sets }, (_, region) =>
    named.reduce((bits, set, at) => bits | (((region >> set) & 1) << at), 0),
  );
  return (world) => {
    const regions = new Array<number>(1 << named.length).fill(0);
    for (let region = 1; region < world.length; region += 1) {
      (regions[own[region] as number] as number) += world[region] as number;
    }
    regions[0] = 0;
    return regions;
  };
}
