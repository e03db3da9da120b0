import type { ListRequest } from '../list-request.js';
import { createMatch } from './segment-match.js';
import { nameBytes, type SegmentNames } from './segment-names.js';
import { lowerBound, type Order, type Place, type Sort, sortByNumber } from './segment-order.js';

/** A page of segments. */
export interface IndexPage {
  names: string[];
  lastDays: number[];
  /** How many segments all pages have. */
  total: number;
  /** The place of the last segment; undefined if this is the last page. */
  next: Place | undefined;
}

/** The segments at one moment. */
interface SegmentView {
  /** Ids, sorted by name. */
  sorted: Uint32Array;
  /** The count of each id. */
  counts: Uint32Array;
  /** The last day of each id. */
  days: Uint32Array;
}

/** Pages of a view. Each order is sorted at its first request. */
export interface SegmentPages {
  show(view: SegmentView): void;
  page(request: ListRequest, after: Place | undefined): IndexPage;
}

export function createSegmentPages(names: SegmentNames): SegmentPages {
  let view: SegmentView | undefined;
  let orders = new Map<string, Uint32Array>();

  const numbersOf = ({ counts, days }: SegmentView, sort: Sort) =>
    ({ count: counts, last_active: days, name: undefined })[sort];

  function orderOf(shown: SegmentView, sort: Sort, order: Order): Uint32Array {
    const known = orders.get(sort + order);
    if (known !== undefined) return known;
    const { sorted } = shown;
    const numbers = numbersOf(shown, sort);
    if (numbers === undefined && order === 'asc') return sorted;
    const ids =
      numbers === undefined ? sorted.slice().reverse() : sortByNumber(sorted, numbers, order);
    orders.set(sort + order, ids);
    return ids;
  }

  /** The position of the first id after a place. */
  function positionAfter(
    ids: Uint32Array,
    { number, name }: Place,
    numbers: Uint32Array | undefined,
    order: Order,
  ): number {
    const bytes = nameBytes(name);
    const sign = order === 'asc' ? 1 : -1;
    return lowerBound(ids.length, (position) => {
      const id = ids[position] as number;
      const ahead = sign * ((numbers?.[id] ?? 0) - number);
      if (ahead !== 0) return ahead < 0;
      const compared = names.compare(id, bytes);
      return numbers === undefined && order === 'desc' ? compared >= 0 : compared <= 0;
    });
  }

  return {
    show(next) {
      view = next;
      orders = new Map();
    },

    page(request, after) {
      if (view === undefined) throw new Error('no segments have been read');
      const { sort, order, limit } = request;
      const numbers = numbersOf(view, sort);
      const ordered = orderOf(view, sort, order);
      const match = createMatch(names, view.sorted, request);
      const ids = match === undefined ? ordered : ordered.filter(match);
      const from = after === undefined ? 0 : positionAfter(ids, after, numbers, order);
      const page = Array.from(ids.subarray(from, from + limit));
      const last = page.at(-1);
      const isLast = last === undefined || from + page.length >= ids.length;
      return {
        names: page.map((id) => names.text(id, id + 1)),
        lastDays: page.map((id) => view?.days[id] as number),
        total: ids.length,
        next: isLast
          ? undefined
          : { number: numbers?.[last] ?? 0, name: names.text(last, last + 1) },
      };
    },
  };
}
