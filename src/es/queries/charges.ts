import { MAX_SKETCHES } from '../sketch/expression.js';
import type { ListRequest } from './list/list-request.js';

/** How many listed segments without details are charged as one request in total. */
const LISTED_PER_REQUEST = 50;

/** How many sketches that ES reads and merges are charged as one request in total. */
const SKETCHES_PER_REQUEST = 3;

/** The charge for each query over REST and gRPC, in requests: about one for each half millisecond of work. */
export interface Charges {
  /** With details, each segment is counted for each day. */
  list(request: ListRequest): number;
  /** The whole window is merged already, and is read as one sketch. */
  estimate(days: number | undefined): number;
  /** The same charge for any number of days: each day of the window is counted, alone and together with the days before. */
  history(): number;
  /**
   * The charge for the sketches that are read, for the samples of each segment, and for the regions of their Venn diagram,
   * whose number doubles with each sketch.
   *
   * @param names how many segments are named
   * @param sketches how many sketches the diagram has
   */
  regions(names: number, sketches: number, days: number | undefined): number;
  /** Many samples are read. */
  similar(): number;
}

/** The charge for similar segments. */
const SIMILAR = 100;

export function createCharges(windowDays: number): Charges {
  // The query itself refuses an invalid number of days.
  const readOf = (days = windowDays) =>
    Number.isInteger(days) && days > 0 && days < windowDays ? days : 1;
  const read = (names: number, days: number | undefined) =>
    Math.ceil((names * readOf(days)) / SKETCHES_PER_REQUEST);
  return {
    list: ({ limit, details }) => (details ? limit : Math.ceil(limit / LISTED_PER_REQUEST)),
    estimate: (days) => read(1, days),
    history: () => windowDays,
    similar: () => SIMILAR,
    regions: (names, sketches, days) =>
      read(names, days) + Math.min(names, MAX_SKETCHES) + 2 ** Math.min(sketches, MAX_SKETCHES),
  };
}
