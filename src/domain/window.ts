import { Failure, type FailureKind, invalidField } from './failure.js';
import type { Membership } from './membership.js';
import { utcDay } from './utc-day.js';

/** The window as it was when memberships were stored. */
export interface Window {
  /** The first UTC day that is counted, as `utcDay` gives it; memberships of earlier days were not stored. */
  firstDay: number;
  /** How many UTC days are counted, today included. */
  days: number;
  /** Segments whose memberships were not stored, and why; none unless given. */
  refused?: ReadonlyMap<string, Failure>;
}

/**
 * Checks that a membership was stored: in the window, and of a segment that was not refused.
 *
 * @throws Failure `invalid`, or why its segment was refused
 */
export function checkStored(membership: Membership, window: Window): void {
  const refusal = whyNotStored(membership, window);
  if (refusal !== undefined) throw refusal;
}

/** Why a membership was not stored; undefined when it was. */
export function whyNotStored(
  { segment, occurredAt }: Membership,
  { firstDay, days, refused }: Window,
): Failure | undefined {
  return utcDay(occurredAt) < firstDay ? outOfWindow(days) : refused?.get(segment);
}

/** Why what was seen in a segment on a UTC day of the window was not stored; undefined when it was. */
export function refusalOf(
  segment: string,
  day: number,
  { firstDay, refused }: Window,
): Failure | undefined {
  return day < firstDay ? undefined : refused?.get(segment);
}

/** Groups that were refused, and why the first of them was. */
export function refusedOf<Group extends { segment: string; day: number }>(
  groups: readonly Group[],
  window: Window,
): [groups: Group[], reason: Failure | undefined] {
  if (window.refused === undefined) return [[], undefined];
  const refused = groups.filter(({ segment, day }) => refusalOf(segment, day, window));
  return [refused, window.refused.get(refused[0]?.segment ?? '')];
}

/**
 * Checks that no segment of a batch was refused, but for reasons that can be told otherwise.
 *
 * @throws Failure why the first was; it says that all others are stored
 */
export function checkNoneRefused({ refused }: Window, told: readonly FailureKind[] = []): void {
  const first = Array.from(refused?.values() ?? []).find(({ kind }) => !told.includes(kind));
  if (first === undefined) return;
  throw new Failure(
    first.kind,
    `${first.message}; memberships of ${refused?.size} segments were not stored, all others were`,
    first.options,
  );
}

/** Why memberships of a new segment are refused where no more are taken. */
export function noRoom(): Failure {
  return new Failure(
    'full',
    'segment is new, and no new ones are taken now: as many are known as ES_MAX_SEGMENTS allows',
    { field: 'segment' },
  );
}

/** What an edge says of a membership whose day is no longer counted. */
function outOfWindow(windowDays: number): Failure {
  return invalidField(
    'occurred_at',
    `is out of window: its UTC day must be one of the last ${windowDays}, today included`,
    'out_of_window',
  );
}
