import { type Failure, invalidField } from '../../domain/failure.js';

/** More than the days of any window, and small enough for the messages to ES. */
const MAX_DAYS = 999_999_999;

/**
 * Checks the form of `days` in a query. Whether it is within the window is checked by ES, which knows the window.
 *
 * @returns undefined if `days` is missing
 * @throws Failure `invalid`
 */
export function parseDaysQuery(query: URLSearchParams): number | undefined {
  const values = query.getAll('days');
  if (values.length === 0) return undefined;
  const [text] = values;
  if (values.length > 1 || text === undefined || !/^\d{1,9}$/.test(text)) {
    throw badDays();
  }
  return Number(text);
}

/** The same for `days` in a JSON object. */
export function parseDaysMember(days: unknown): number | undefined {
  if (days === undefined) return undefined;
  if (!Number.isInteger(days) || Number(days) < 1 || Number(days) > MAX_DAYS) {
    throw badDays();
  }
  return Number(days);
}

function badDays(): Failure {
  return invalidField(
    'days',
    'must be one whole number from 1 to the days of the window, or left out for all',
  );
}
