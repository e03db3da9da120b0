import { MAX_SKETCHES } from '../sketch/expression.js';
import type { ListRequest } from './list/list-request.js';

/** How many listed segments without details are charged as one request. */
const LISTED_PER_REQUEST = 50;

/** How many sketches, read and merged, are charged as one request. */
const SKETCHES_PER_REQUEST = 3;

/** What each question is charged over REST and gRPC, in requests: about one for each half millisecond of work. */
export interface Charges {
  /** With details each segment is counted for each day. */
  list(request: ListRequest): number;
  /** The whole window is merged already, and read as one sketch. */
  estimate(days: number | undefined): number;
  /** The same for any number of days: each day of the window is counted, alone and together with the days before. */
  history(): number;
  /**
   * The sketches that are read, and the regions of their Venn diagram, which double with each sketch.
   *
   * @param names how many segments are named
   * @param sketches how many sketches the diagram has
   */
  regions(names: number, sketches: number, days: number | undefined): number;
}

export function createCharges(windowDays: number): Charges {
  // The question itself refuses a number of days that is not valid.
  const readOf = (days = windowDays) =>
    Number.isInteger(days) && days > 0 && days < windowDays ? days : 1;
  const read = (names: number, days: number | undefined) =>
    Math.ceil((names * readOf(days)) / SKETCHES_PER_REQUEST);
  return {
    list: ({ limit, details }) => (details ? limit : Math.ceil(limit / LISTED_PER_REQUEST)),
    estimate: (days) => read(1, days),
    history: () => windowDays,
    regions: (names, sketches, days) => read(names, days) + 2 ** Math.min(sketches, MAX_SKETCHES),
  };
}
