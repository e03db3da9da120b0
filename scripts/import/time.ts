import { parseRfc3339 } from '../../src/domain/membership.js';

/**
 * Reads a time as files have it: RFC 3339, `YYYY-MM-DD`, `YYYY-MM-DD HH:MM[:SS]` (read as UTC), or seconds
 * or milliseconds since 1970.
 *
 * @returns milliseconds since 1970, or undefined where it is none of these
 */
export function parseTime(value: unknown): number | undefined {
  const text = String(value ?? '').trim();
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1_000;
  if (/^\d{12,13}$/.test(text)) return Number(text);
  const [, date, time = '00:00', seconds = ':00'] =
    /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?)?$/.exec(text) ?? [];
  return parseRfc3339(date === undefined ? text : `${date}T${time}${seconds}Z`);
}
