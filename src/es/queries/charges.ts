import { MAX_SKETCHES } from '../sketch/expression.js';
import type { ListRequest } from './list/list-request.js';

/** Segments of a list without details that cost as much as one request. */
const LISTED_FOR_ONE = 50;

/** Sketches that are read and merged for as much as one request. */
const SKETCHES_FOR_ONE = 3;

/** What each question is charged, by either wire, in requests: about one for each half a millisecond that it takes. */
export interface Charges {
  /** With details each segment takes a count for each day. */
  list(request: ListRequest): number;
  /** Of the whole window there is a merge already. */
  estimate(days: number | undefined): number;
  /** Whatever part of it is asked for: each day is counted, by itself and with those before. */
  history(): number;
  /**
   * What is read, and what is worked out: the regions of a diagram, of which there are twice as many for one segment more.
   *
   * @param names how many segments are named
   * @param sketches how many the diagram is of
   */
  regions(names: number, sketches: number, days: number | undefined): number;
}

export function createCharges(windowDays: number): Charges {
  // What is no such number is refused, but not here.
  const readOf = (days = windowDays) =>
    Number.isInteger(days) && days > 0 && days < windowDays ? days : 1;
  const read = (names: number, days: number | undefined) =>
    Math.ceil((names * readOf(days)) / SKETCHES_FOR_ONE);
  return {
    list: ({ limit, details }) => (details ? limit : Math.ceil(limit / LISTED_FOR_ONE)),
    estimate: (days) => read(1, days),
    history: () => windowDays,
    regions: (names, sketches, days) => read(names, days) + 2 ** Math.min(sketches, MAX_SKETCHES),
  };
}
