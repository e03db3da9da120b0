import { firstDayOf, formatUtcDay, utcDay } from '../../domain/utc-day.js';
import { parseWindowDays } from '../../domain/window-days.js';

/** The UTC days that an answer is about, both ends included, as `YYYY-MM-DD`. */
export interface AnsweredWindow {
  days: number;
  from: string;
  to: string;
}

/** When a question was asked, and over which days. */
export interface Asked {
  /** The UTC day it is, as `utcDay` gives it. */
  today: number;
  days: number;
  window: AnsweredWindow;
  /** RFC 3339, in whole seconds. */
  asOf: string;
}

/** @throws Failure `invalid` unless the days are 1 up to the window */
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

/** A moment as RFC 3339 has it, in whole seconds. */
export function formatTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+/, '');
}
