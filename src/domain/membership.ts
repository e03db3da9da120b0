import { Failure, invalidField } from './failure.js';
import { checkMembers, type UnknownMembers } from './known-members.js';

/** One user seen in one segment at one time. */
export interface Membership {
  segment: string;
  userId: string;
  /** When the user was seen, in milliseconds since 1970-01-01T00:00:00Z. */
  occurredAt: number;
}

/** The maximum length of a segment or user id, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 256;

/** How far `occurred_at` may be ahead of our clock, because clocks differ: 5 minutes. */
export const MAX_AHEAD_MS = 5 * 60_000;

/** The maximum of memberships in one batch, over REST, gRPC and RabbitMQ. */
export const MAX_BATCH = 10_000;

/** The maximum of segments that one call counts. */
export const MAX_COUNTS = 1_000;

/** The longest window that can be configured, in UTC days. */
export const MAX_WINDOW_DAYS = 90;

/** The members of a membership in JSON. */
const MEMBERS = ['segment', 'user_id', 'occurred_at'];

/**
 * Checks one membership as it arrives over REST.
 *
 * @param value the parsed JSON: `segment`, `user_id` and optionally `occurred_at` (RFC 3339)
 * @param now the time of arrival in milliseconds: the time of a membership that has no time, and the limit for a given time
 * @param unknown whether unknown members are refused
 * @default `unknown` is `refuse`
 * @throws Failure `invalid`, naming the field and the limit
 */
export function parseMembership(
  value: unknown,
  now: number,
  unknown: UnknownMembers = 'refuse',
): Membership {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Failure('invalid', `a membership must be a JSON object, not ${typeName(value)}`);
  }
  checkMembers(value, MEMBERS, unknown);
  const { segment, user_id, occurred_at } = value as Record<string, unknown>;
  return {
    segment: parseSegment('segment', segment),
    userId: parseName('user_id', user_id),
    occurredAt: occurred_at === undefined ? now : parseOccurredAt(occurred_at, now),
  };
}

/**
 * Checks a segment: a name that passes `parseName`, and is neither `.` nor `..`.
 *
 * @param field the name of the field, for the message
 * @throws Failure `invalid`
 */
export function parseSegment(field: string, value: unknown): string {
  return checkNoStep(field, parseName(field, value));
}

/**
 * Checks that a valid name can be part of a path. Clients remove `.` and `..` from a path, encoded or not (RFC 3986,
 * section 5.2.4), so a request to `/segment/./estimate` would be taken as one for a segment called `estimate`.
 *
 * @throws Failure `invalid`
 */
export function checkNoStep(field: string, name: string): string {
  if (name === '.' || name === '..') {
    throw invalidField(
      field,
      'must not be . or .., which clients take out of paths; use another name',
    );
  }
  return name;
}

/**
 * Checks a segment or a user id: a string of 1 to 256 bytes of UTF-8 without control characters or lone
 * surrogates.
 *
 * @param field the name of the field, for the message
 * @throws Failure `invalid`
 */
export function parseName(field: string, value: unknown): string {
  if (typeof value !== 'string') {
    if (value === undefined) throw missing(field);
    throw invalidField(field, `must be a string, not ${typeName(value)}`);
  }
  if (value === '') throw invalidField(field, 'must not be empty');
  // A UTF-16 code unit takes at most 3 bytes of UTF-8, so most names need not be measured.
  if (value.length > MAX_NAME_BYTES / 3 && Buffer.byteLength(value) > MAX_NAME_BYTES) {
    throw invalidField(
      field,
      `must be at most ${MAX_NAME_BYTES} bytes of UTF-8, not ${Buffer.byteLength(value)}`,
    );
  }
  if (/\p{Cc}/u.test(value)) {
    throw invalidField(field, 'must not contain control characters');
  }
  if (!value.isWellFormed()) {
    throw invalidField(field, 'must be well-formed Unicode, without lone surrogates');
  }
  return value;
}

function missing(field: string): Failure {
  return invalidField(field, 'is missing', 'missing_field');
}

/**
 * Checks that a time is not further ahead than clocks may differ. The service that has the window checks whether the time
 * is too old, when it stores.
 *
 * @throws Failure `invalid`
 */
export function checkNotAhead(occurredAt: number, now: number): number {
  if (occurredAt > now + MAX_AHEAD_MS) {
    throw invalidField(
      'occurred_at',
      `must be at most ${MAX_AHEAD_MS / 60_000} minutes ahead of now`,
      'out_of_window',
    );
  }
  return occurredAt;
}

/**
 * Checks segments that are to be counted together.
 *
 * @throws Failure `invalid` that names the wrong segment
 */
export function parseSegments(value: unknown): string[] {
  if (value === undefined) throw missing('segments');
  if (!Array.isArray(value)) {
    throw invalidField('segments', `must be an array, not ${typeName(value)}`);
  }
  if (value.length < 1 || value.length > MAX_COUNTS) {
    throw invalidField('segments', `must be 1 to ${MAX_COUNTS}, not ${value.length}`);
  }
  return value.map((segment, index) => parseSegment(`segments[${index}]`, segment));
}

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

function parseOccurredAt(value: unknown, now: number): number {
  const time = typeof value === 'string' ? parseRfc3339(value) : undefined;
  if (time === undefined) {
    throw invalidField(
      'occurred_at',
      'must be an RFC 3339 date and time with a zone, such as 2026-05-23T09:30:00Z, or left out for now',
    );
  }
  return checkNotAhead(time, now);
}

/** The milliseconds since 1970 of an RFC 3339 date-time; undefined if the text is not one. */
export function parseRfc3339(text: string): number | undefined {
  const parts = RFC_3339.exec(text);
  if (parts === null) return undefined;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  // Date.parse turns 30 February into a day of March instead of refusing it.
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  const time = Date.parse(text.toUpperCase());
  return Number.isNaN(time) ? undefined : time;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
