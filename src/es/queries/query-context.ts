import type { SegmentReader } from '../redis/read/segment-reader.js';
import type { DayCounts } from './day-counts.js';
import type { EstimationThreads } from './estimation-threads.js';
import type { Floor } from './floor.js';

/** The context that each query needs. */
export interface QueryContext {
  reader: SegmentReader;
  windowDays: number;
  /** The clock, in milliseconds. */
  now: () => number;
  floor: Floor;
  threads: EstimationThreads;
  dayCounts: DayCounts;
}
