import type { ListRequest } from './list/list-request.js';
import type { SegmentIndex } from './list/segment-index.js';
import type { Order, Place } from './list/table/segment-order.js';

/** Other segments, those of nearly the same size first. */
export interface Neighbours {
  /** Some of them; may be empty although there are more. */
  next(limit: number): Promise<string[]>;
  /** The largest Jaccard index that any further one can have, by the sizes in the index; less than 0 if there is none. */
  readonly mostSimilar: number;
  /** How many others there are; 0 before `next`. */
  readonly total: number;
}

/** Those that are smaller, or those that are larger. */
interface Side {
  order: Order;
  after: Place | undefined;
  mostSimilar: number;
}

const REQUEST: Omit<ListRequest, 'order' | 'limit'> = {
  prefix: '',
  search: '',
  sort: 'count',
  cursor: '',
  details: false,
};

/** @param users how many users the segment has */
export function createNeighbours(
  index: Pick<SegmentIndex, 'page'>,
  segment: string,
  users: number,
): Neighbours {
  // No name is before the empty one, so segments of the same size are on the first side.
  const sides: [Side, Side] = [
    { order: 'desc', after: { number: users, name: '' }, mostSimilar: 1 },
    { order: 'asc', after: { number: users + 1, name: '' }, mostSimilar: 1 },
  ];
  const best = () => (sides[0].mostSimilar >= sides[1].mostSimilar ? sides[0] : sides[1]);
  // The index may change meanwhile, so that a segment comes again.
  const given = new Set([segment]);
  let from = sides[0];
  let total = 0;
  return {
    async next(limit) {
      from = best();
      const page = await index.page({ ...REQUEST, order: from.order, limit }, from.after);
      from.after = page.next;
      from.mostSimilar = page.next === undefined ? -1 : ratioOf(page.next.number, users);
      // A segment without users is not in the index itself.
      total = page.total - Math.min(1, users, page.total);
      const names = page.names.filter((name) => !given.has(name));
      for (const name of names) given.add(name);
      return names;
    },
    get mostSimilar() {
      return best().mostSimilar;
    },
    get total() {
      return total;
    },
  };
}

/** The Jaccard index of sets of such sizes is at most this. */
function ratioOf(one: number, other: number): number {
  return Math.min(one, other) / Math.max(one, other, 1);
}
