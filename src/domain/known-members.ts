import { invalidField } from './failure.js';
import { insteadOf, shownName } from './nearest.js';

/**
 * Whether an object with unknown members is refused, because a known member may be misspelt, or its unknown members are
 * ignored.
 */
export type UnknownMembers = 'refuse' | 'ignore';

export const UNKNOWN_MEMBERS = ['refuse', 'ignore'] as const;

/**
 * Checks that an object has only known members.
 *
 * @throws Failure `invalid` that names the first unknown member, and the known member that was probably meant
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
