import { invalidField } from './failure.js';

/**
 * Checks how many days a client asks for.
 *
 * @param days undefined means the whole window
 * @throws Failure `invalid` if the number is not between 1 and the length of the window
 */
export function parseWindowDays(days: number | undefined, windowDays: number): number {
  if (days === undefined) return windowDays;
  if (Number.isInteger(days) && days >= 1 && days <= windowDays) return days;
  throw invalidField('days', `must be a whole number from 1 to ${windowDays}`);
}
