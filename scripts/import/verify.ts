import { utcDay } from '../../src/domain/utc-day.js';
import { terminalText } from '../terminal-text.js';
import { createPatience, request } from './patience.js';
import type { Service } from './upload.js';

/** Exact counts, for comparison: of each segment, every user and the last day it was seen. */
export type ExactCounts = Map<string, Map<string, number>>;

/** One line of the comparison. */
export interface Verified {
  segment: string;
  count: number;
  exact: number;
  /** Whether the count is as near as an estimate has to be. */
  ok: boolean;
}

/** The standard error of a HyperLogLog of 2^14 registers: 1.04 / sqrt(16384). */
const STANDARD_ERROR = 1.04 / Math.sqrt(16_384);

const REQUESTS_IN_FLIGHT = 16;

/** Notes a membership. */
export function countExactly(
  exact: ExactCounts,
  segment: string,
  userId: string,
  time: number,
): void {
  const users = exact.get(segment) ?? new Map<string, number>();
  exact.set(segment, users);
  users.set(userId, Math.max(users.get(userId) ?? Number.NEGATIVE_INFINITY, utcDay(time)));
}

/** Whether a count lies within 4 standard errors of the exact one, or within 3 users. */
export function isNear(count: number, exact: number): boolean {
  return Math.abs(count - exact) <= Math.max(3, 4 * STANDARD_ERROR * exact);
}

/**
 * Asks the service for every segment, and compares.
 *
 * @param days how many UTC days count, today included
 * @param signal ends it
 * @returns the segments, largest first
 * @throws Error when the service has no window of so many days, or does not answer
 */
export async function verify(
  exact: ExactCounts,
  service: Service,
  days: number,
  signal?: AbortSignal,
): Promise<Verified[]> {
  const firstDay = utcDay(Date.now()) - days + 1;
  const waiting = [...exact];
  const verified: Verified[] = [];
  const worker = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [segment, users] = next;
      const current = [...users.values()].filter((day) => day >= firstDay).length;
      const count = await countOf(segment, days, service, signal);
      verified.push({ segment, count, exact: current, ok: isNear(count, current) });
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_IN_FLIGHT }, worker));
  return verified.sort((one, other) => other.exact - one.exact);
}

/** The comparison as text. */
export function verificationTable(verified: readonly Verified[]): string {
  const names = verified.map(({ segment }) => terminalText(segment));
  const width = names.reduce((longest, { length }) => Math.max(longest, length), 7);
  const rows = verified.map(({ count, exact, ok }, index) => {
    const error = exact === 0 ? '' : `${(((count - exact) / exact) * 100).toFixed(2)} %`;
    const name = names[index] as string;
    return row(name, String(count), String(exact), error, ok ? '' : '  too far off', width);
  });
  return [row('segment', 'count', 'exact', 'error', '', width), ...rows].join('\n');
}

function row(
  segment: string,
  count: string,
  exact: string,
  error: string,
  note: string,
  width: number,
): string {
  return `${segment.padEnd(width)}${count.padStart(10)}${exact.padStart(10)}${error.padStart(10)}${note}`;
}

async function countOf(
  segment: string,
  days: number,
  { url, headers }: Service,
  signal?: AbortSignal,
): Promise<number> {
  const path = `/segment/${encodeURIComponent(segment)}?days=${days}`;
  const patience = createPatience(url, signal);
  for (;;) {
    const answer = await request(new URL(path, url), { headers, ...(signal && { signal }) });
    if (!('status' in answer)) return (JSON.parse(answer.text) as Count).user_count;
    if (answer.status === 400) {
      throw new Error(`${url} ${answer.text}; --window-days is the window of the service, or less`);
    }
    await patience.wait(answer, false);
  }
}

interface Count {
  user_count: number;
}
