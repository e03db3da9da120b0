import { invalidField } from './failure.js';

/**
 * Checks how many days a client asks for.
 *
 * @param days undefined is the whole window
 * @throws Failure `invalid` unless they are 1 up to the window
 */
export function parseWindowDays(days: number | undefined, windowDays: number): number {
  if (days === undefined) return windowDays;
  if (Number.isInteger(days) && days >= 1 && days <= windowDays) return days;
  throw invalidField('days', `must be a whole number from 1 to ${windowDays}`);
}
