import { MAX_AHEAD_MS } from '../../../domain/membership.js';
import { DAY_MS, utcDay } from '../../../domain/utc-day.js';

/** How long before midnight windows of the next day are merged at the earliest: 1 hour. */
const WARM_MS = 3_600_000;

/** How far the clocks of an ES of a former version and of this one may differ: 1 minute. */
const MARGIN_MS = 60_000;

/** The last hour of a UTC day. */
export interface LastHour {
  today: number;
  /** Whether it is so late that ES of former versions add to the windows of the next day too. */
  isLate: boolean;
  /** When a window that was merged before that is gone again, unless it was confirmed; in seconds since 1970. */
  lapse: number;
}

/** @returns undefined if it is earlier in the day */
export function lastHourOf(now: number): LastHour | undefined {
  const today = utcDay(now);
  const midnight = (today + 1) * DAY_MS;
  if (midnight - now > WARM_MS) return undefined;
  return {
    today,
    // Former versions look 5 minutes ahead, see `possibleTodays`.
    isLate: midnight - now <= MAX_AHEAD_MS - MARGIN_MS,
    lapse: (midnight - MARGIN_MS) / 1_000,
  };
}

/**
 * The UTC days whose windows may exist: those that are today by any clock, and tomorrow as soon as its windows may have been
 * merged by any clock. Clocks may differ by as much as a membership's time may be ahead.
 */
export function possibleTodays(now: number): number[] {
  const times = [now - MAX_AHEAD_MS, now, now + MAX_AHEAD_MS + WARM_MS];
  return [...new Set(times.map(utcDay))];
}
