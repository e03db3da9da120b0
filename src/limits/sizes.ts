/** Things by their size. Those of a class differ by less than two times, so the largest is found without comparing all. */
export interface Sizes<Thing> {
  /** Says that a thing has become larger or smaller; what has no size is not kept. */
  move(thing: Thing, from: number, to: number): void;
  /** One of the largest class, the one that has been in it for longest; undefined where there is none. */
  largest(): Thing | undefined;
}

/** A class for each number of bits that a size of 53 bits may need, and one for none. */
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
