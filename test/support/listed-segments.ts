import { expect } from 'chai';
import { formatUtcDay, utcDay } from '../../src/domain/utc-day.js';
import { storeLines } from './es.js';
import { type Received, send } from './http.js';

/** How many segments are stored. */
export const SEGMENTS = 5_000;

/** A segment as lists have it. */
export interface Listed {
  segment: string;
  user_count: number;
  exact: boolean;
  last_active: string;
}

const nameOf = (index: number) => `${['news', 'Sport', 'день{}'][index % 3]}-${index}`;
export const usersOf = (index: number) => 1 + (index % 7);
export const daysAgoOf = (index: number) => index % 14;

/**
 * Stores segments, each with a few users on one day.
 *
 * @returns them as they are listed on that day
 */
export async function storeSegments(base: string): Promise<Listed[]> {
  const today = utcDay(Date.now());
  const lines = Array.from({ length: SEGMENTS }, (_, index) => {
    const occurred_at = new Date(Date.now() - daysAgoOf(index) * 86_400_000).toISOString();
    return Array.from({ length: usersOf(index) }, (_, user) =>
      JSON.stringify({ segment: nameOf(index), user_id: `u${user}`, occurred_at }),
    );
  });
  await storeLines(base, lines.flat());
  return expectedOn(today);
}

/** Every page of a list. */
export async function pagesOf(
  base: string,
  query: string,
): Promise<{ pages: Received['json'][]; segments: Listed[] }> {
  const pages: Received['json'][] = [];
  let cursor = '';
  do {
    const next = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, json, text } = await send(base, `/segments?${query}${next}`);
    expect(status, text).to.equal(200);
    pages.push(json);
    cursor = json.next_cursor;
  } while (cursor !== null);
  return { pages, segments: pages.flatMap(({ segments }) => segments) };
}

const expectedOn = (today: number): Listed[] =>
  Array.from({ length: SEGMENTS }, (_, index) => ({
    segment: nameOf(index),
    user_count: usersOf(index),
    exact: true,
    last_active: formatUtcDay(today - daysAgoOf(index)),
  }));

const byName = (one: Listed, other: Listed) => (one.segment < other.segment ? -1 : 1);

/** Queries of a list, and the order that each asks for. */
export const ORDERS: [query: string, compare: (one: Listed, other: Listed) => number][] = [
  ['limit=1000', (one, other) => other.user_count - one.user_count || byName(one, other)],
  ['limit=700&order=asc', (one, other) => one.user_count - other.user_count || byName(one, other)],
  ['limit=999&sort=name', byName],
  ['limit=1000&sort=name&order=desc', (one, other) => byName(other, one)],
  [
    'limit=611&sort=last_active',
    (one, other) =>
      one.last_active === other.last_active
        ? byName(one, other)
        : one.last_active > other.last_active
          ? -1
          : 1,
  ],
  [
    'limit=1000&sort=last_active&order=asc',
    (one, other) =>
      one.last_active === other.last_active
        ? byName(one, other)
        : one.last_active < other.last_active
          ? -1
          : 1,
  ],
];
