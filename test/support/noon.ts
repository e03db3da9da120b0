const DAY_MS = 86_400_000;

/**
 * A clock in milliseconds that stands at noon of this UTC day: no midnight falls between two requests of a test, and the
 * expiries that Redis keeps by its own clock are yet to come.
 */
export function atNoon(): number {
  return NOON_MS;
}

const NOON_MS = (Math.floor(Date.now() / DAY_MS) + 0.5) * DAY_MS;

/** A time so many days before that, as RFC 3339 has it. */
export function daysBeforeNoon(days: number): string {
  return new Date(NOON_MS - days * DAY_MS).toISOString();
}
