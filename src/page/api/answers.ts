/** What the REST API of ES answers; /openapi.json describes all of it. Counts are of users, days are UTC. */

export interface Interval {
  low: number;
  high: number;
}

export interface ListedSegment {
  segment: string;
  /** Null where the data of the segment are damaged, so that it cannot be counted. */
  user_count: number | null;
  last_active: string;
  /** Left out with `days` where they cannot be counted. */
  week?: { now: number; before: number };
  days?: number[];
}

/** What is listed without details. */
export type ListedCount = Pick<ListedSegment, 'segment' | 'user_count' | 'last_active'>;

export interface SegmentPage<Listed = ListedSegment> {
  segments: Listed[];
  total: number;
  next_cursor: string | null;
  as_of: string;
}

interface AnsweredWindow {
  days: number;
  from: string;
  to: string;
}

export interface Users {
  user_count: number;
  interval: Interval;
  below_floor?: boolean;
}

export interface SegmentEstimate extends Users {
  segment: string;
  standard_error: number;
  window: AnsweredWindow;
  as_of: string;
}

export interface HistoryDay {
  day: string;
  user_count: number;
  rolling: { user_count: number; days: number };
}

export interface SegmentHistory {
  segment: string;
  window_days: number;
  history: HistoryDay[];
}

interface SharedUsers extends Users {
  reliable: boolean;
}

export interface OverlapPair {
  segments: [string, string];
  union: Users;
  intersection: SharedUsers;
  only_first: Users;
  only_second: Users;
  jaccard: { value: number; interval: Interval };
}

export interface Overlap {
  window: AnsweredWindow;
  as_of: string;
  segments: (Users & { segment: string })[];
  union: Users;
  intersection: SharedUsers;
  pairs: OverlapPair[];
}
