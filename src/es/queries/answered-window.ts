import { firstDayOf, formatUtcDay, utcDay } from '../../domain/utc-day.js';
import { parseWindowDays } from '../../domain/window-days.js';

/** The UTC days that an answer covers, both ends included, as `YYYY-MM-DD`. */
export interface AnsweredWindow {
  days: number;
  from: string;
  to: string;
}

/** The time of a query, and the days that it covers. */
export interface Asked {
  /** The current UTC day, as `utcDay` gives it. */
  today: number;
  days: number;
  window: AnsweredWindow;
  /** The time of the query: RFC 3339, in whole seconds. */
  asOf: string;
}

/**
 * @param time now, in milliseconds
 * @throws Failure `invalid` if the number of days is not between 1 and the length of the window
 */
export function askedAt(time: number, days: number | undefined, windowDays: number): Asked {
  const today = utcDay(time);
  const count = parseWindowDays(days, windowDays);
  return {
    today,
    days: count,
    window: { days: count, from: formatUtcDay(firstDayOf(today, count)), to: formatUtcDay(today) },
    asOf: formatTime(time),
  };
}

/** A time in milliseconds as RFC 3339, in whole seconds. */
export function formatTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+/, '');
}
