import { invalidField } from './failure.js';
import { insteadOf, shownName } from './nearest.js';

/** What becomes of an object with members that nothing reads: one may be a known one, misspelt. */
export type UnknownMembers = 'refuse' | 'ignore';

export const UNKNOWN_MEMBERS = ['refuse', 'ignore'] as const;

/**
 * Checks that an object has no members but known ones.
 *
 * @throws Failure `invalid` that names the first other one, and what was likely meant
 */
export function checkMembers(
  value: object,
  known: readonly string[],
  unknown: UnknownMembers,
): void {
  if (unknown === 'ignore') return;
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    throw invalidField(shownName(name), `is not known; ${insteadOf(name, known)}`, 'unknown_field');
  }
}
