import { Failure, type FailureKind, invalidField } from './failure.js';
import type { Membership } from './membership.js';
import { utcDay } from './utc-day.js';

/** The window at the time when memberships were stored, and the refused memberships. */
export interface Window {
  /** The first UTC day that is counted, as `utcDay` gives it; memberships of earlier days were not stored. */
  firstDay: number;
  /** How many UTC days are counted, today included. */
  days: number;
  /**
   * The segments whose memberships were not stored, and why.
   *
   * @default none
   */
  refused?: ReadonlyMap<string, Failure>;
}

/**
 * Checks that a membership was stored: it is in the window, and its segment was not refused.
 *
 * @throws Failure `invalid`, or why the segment was refused
 */
export function checkStored(membership: Membership, window: Window): void {
  const refusal = whyNotStored(membership, window);
  if (refusal !== undefined) throw refusal;
}

/** Why a membership was not stored; undefined if it was stored. */
export function whyNotStored(
  { segment, occurredAt }: Membership,
  { firstDay, days, refused }: Window,
): Failure | undefined {
  return utcDay(occurredAt) < firstDay ? outOfWindow(days) : refused?.get(segment);
}

/** Why a segment was refused; undefined if it was not refused, or if the day is before the window. */
export function refusalOf(
  segment: string,
  day: number,
  { firstDay, refused }: Window,
): Failure | undefined {
  return day < firstDay ? undefined : refused?.get(segment);
}

/** The groups that were refused, and why the first one was. */
export function refusedOf<Group extends { segment: string; day: number }>(
  groups: readonly Group[],
  window: Window,
): [groups: Group[], reason: Failure | undefined] {
  if (window.refused === undefined) return [[], undefined];
  const refused = groups.filter(({ segment, day }) => refusalOf(segment, day, window));
  return [refused, window.refused.get(refused[0]?.segment ?? '')];
}

/** The window as it concerns some groups: without the refusals of segments that others stored together with them. */
export function ownWindow(window: Window, groups: readonly { segment: string }[]): Window {
  if (window.refused === undefined) return window;
  const segments = new Set(groups.map(({ segment }) => segment));
  const own = Array.from(window.refused).filter(([segment]) => segments.has(segment));
  return { ...window, refused: new Map(own) };
}

/**
 * Checks that no segment of a batch was refused.
 *
 * @param reported kinds of refusals that are reported in another way, and pass
 * @default none
 * @throws Failure why the first segment was refused; it says that all others are stored
 */
export function checkNoneRefused({ refused }: Window, reported: readonly FailureKind[] = []): void {
  const first = Array.from(refused?.values() ?? []).find(({ kind }) => !reported.includes(kind));
  if (first === undefined) return;
  throw new Failure(
    first.kind,
    `${first.message}; memberships of ${refused?.size} segments were not stored, all others were`,
    first.options,
  );
}

/** The failure for a new segment if no more segments may become known. */
export function noRoom(): Failure {
  return new Failure(
    'full',
    'segment is new, and no new ones are taken now: as many are known as ES_MAX_SEGMENTS allows',
    { field: 'segment' },
  );
}

/** The failure for a membership whose day is before the window. */
function outOfWindow(windowDays: number): Failure {
  return invalidField(
    'occurred_at',
    `is out of window: its UTC day must be one of the last ${windowDays}, today included`,
    'out_of_window',
  );
}
