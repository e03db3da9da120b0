/** Items, first in, first out. */
export interface Fifo<Item> {
  readonly length: number;
  push(item: Item): void;
  /** Takes the first. */
  shift(): Item | undefined;
  /** Takes the last. */
  pop(): Item | undefined;
  /** Takes all items for which `stays` returns false. */
  takeUnless(stays: (item: Item) => boolean): Item[];
}

/** The cost of `shift` of an array grows with its length, which clients decide. Here the cost is constant. */
export function createFifo<Item>(): Fifo<Item> {
  let items: (Item | undefined)[] = [];
  let first = 0;
  return {
    get length() {
      return items.length - first;
    },
    push: (item) => void items.push(item),
    shift() {
      if (first === items.length) return undefined;
      const item = items[first];
      items[first] = undefined;
      first += 1;
      if (first * 2 > items.length) {
        items = items.slice(first);
        first = 0;
      }
      return item;
    },
    pop: () => (first === items.length ? undefined : items.pop()),
    takeUnless(stays) {
      const all = items.slice(first) as Item[];
      items = all.filter(stays);
      first = 0;
      return items.length === all.length ? [] : all.filter((item) => !stays(item));
    },
  };
}
