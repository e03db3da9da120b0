/** Milliseconds in a UTC day; the UTC of computers has no leap seconds. */
export const DAY_MS = 86_400_000;

/**
 * The UTC day of a time.
 *
 * @param timeMs milliseconds since 1970-01-01T00:00:00Z
 * @returns whole days since 1970-01-01
 */
export function utcDay(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

/**
 * The first day of a window.
 *
 * @param today the last day of the window, as `utcDay` gives it
 * @param days how many days the window has, today included
 */
export function firstDayOf(today: number, days: number): number {
  return today - days + 1;
}

/**
 * The days of a window, oldest first.
 *
 * @param today the last day of the window, as `utcDay` gives it
 * @param days how many days the window has, today included
 */
export function windowOf(today: number, days: number): number[] {
  const first = firstDayOf(today, days);
  return Array.from({ length: days }, (_, index) => first + index);
}

/** A UTC day as `YYYY-MM-DD`. */
export function formatUtcDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
