/**
 * Things in classes of similar size. Sizes in one class differ by less than a factor of two, so a large thing is found
 * without a search.
 */
export interface Sizes<Thing> {
  /** Changes the size of a thing; a thing of size 0 is not kept. */
  move(thing: Thing, from: number, to: number): void;
  /** Of the class of the largest sizes, the thing that has been in it for longest; undefined if there are no things. */
  largest(): Thing | undefined;
}

/** A class for each number of bits from 1 to 53, and one for size 0. */
const CLASSES = 54;

export function createSizes<Thing>(): Sizes<Thing> {
  const classes: Set<Thing>[] = [];
  return {
    move(thing, from, to) {
      const [before, after] = [classOf(from), classOf(to)];
      if (before === after) return;
      classes[before]?.delete(thing);
      if (after === 0) return;
      classes[after] ??= new Set();
      classes[after].add(thing);
    },
    largest() {
      for (let at = classes.length - 1; at > 0; at -= 1) {
        for (const oldest of classes[at] ?? []) return oldest;
      }
      return undefined;
    },
  };
}

function classOf(size: number): number {
  return size < 1 ? 0 : Math.min(CLASSES - 1, Math.floor(Math.log2(size)) + 1);
}
