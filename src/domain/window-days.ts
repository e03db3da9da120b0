import { invalidField } from './failure.js';

/**
 * How many days are asked for.
 *
 * @param days the whole window when left out
 * @throws Failure `invalid` unless they are 1 up to the window
 */
export function parseWindowDays(days: number | undefined, windowDays: number): number {
  if (days === undefined) return windowDays;
  if (Number.isInteger(days) && days >= 1 && days <= windowDays) return days;
  throw invalidField('days', `must be a whole number from 1 to ${windowDays}`);
}
