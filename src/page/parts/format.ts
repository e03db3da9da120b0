import type { Interval } from '../api/answers.js';

const NUMBER = new Intl.NumberFormat('en');
const PERCENT = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
const CHANGE = new Intl.NumberFormat('en', {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
});
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** @param count null for a segment whose data are damaged */
export function formatCount(count: number | null): string {
  return count === null ? 'unknown' : NUMBER.format(count);
}

export function formatInterval(
  { low, high }: Interval,
  format: (value: number) => string = formatCount,
): string {
  return `${format(low)} to ${format(high)}`;
}

/** @param share from 0 to 1 */
export function formatShare(share: number): string {
  return PERCENT.format(share);
}

/** A change as a percentage of the former value, with its sign. */
export function formatChange(now: number, before: number): string {
  return CHANGE.format(now / before - 1).replace('-', '\u2212');
}

/** @param day as `2026-05-23` */
export function formatDay(day: string): string {
  return DAY.format(new Date(`${day}T00:00:00Z`));
}

/** The time of day of an RFC 3339 time. */
export function formatTime(moment: string): string {
  return `${moment.slice(11, 19)} UTC`;
}

/** A number with its noun. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
