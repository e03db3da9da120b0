import type { Membership } from '../../../scripts/testbed/families/family.js';
import { ask, askEach, storeAll } from './client.js';
import type { Service } from './measure.js';

/** How many segments are counted, and how many users the largest have: each number up to that is there as often. */
export const SMALL_SEGMENTS = 2_000;
export const MOST_USERS = 1_000;

/** How many counts of small segments were right, by where they were asked. */
export type Exactness = Record<string, { right: number; counts: number }>;

const WINDOW = 14;

interface Small {
  segment: string;
  users: number;
}

/** Stores small segments, whose users come on all days of the window, and some of them again today; counts them everywhere. */
export async function measureExactness(
  { front, back }: Service,
  userPrefix: string,
): Promise<Exactness> {
  const segments = Array.from({ length: SMALL_SEGMENTS }, (_, index) => ({
    segment: `small ${index}`,
    users: 1 + (index % MOST_USERS),
  }));
  await storeAll(front, membershipsOf(segments, userPrefix));
  const found: Exactness = {};
  const note = (where: string, isRight: boolean) => {
    found[where] ??= { right: 0, counts: 0 };
    found[where].counts += 1;
    if (isRight) found[where].right += 1;
  };
  await askEach(segments, async (small) => {
    const path = `/segment/${encodeURIComponent(small.segment)}`;
    for (const days of [WINDOW, 7, 2]) {
      const truth = usersOf(small, days);
      const query = days === WINDOW ? '' : `?days=${days}`;
      const { user_count } = await ask(front, path + query);
      note(`GET /segment, ${days} days`, user_count === truth);
      note(
        `…/estimate, ${days} days`,
        isCertain(await ask(back, `${path}/estimate${query}`), truth),
      );
    }
    const { history } = await ask(back, `${path}/history`);
    note('…/history, each day', history.every(isDayRight(small)));
  });
  for (let at = 0; at < segments.length; at += 1_000) {
    const some = segments.slice(at, at + 1_000);
    const { counts } = await ask(front, '/counts', {
      segments: some.map(({ segment }) => segment),
    });
    for (const [index, { users }] of some.entries()) {
      note('POST /counts', counts[index].user_count === users);
    }
  }
  const byName = new Map(segments.map((small) => [small.segment, small]));
  for await (const { segment, user_count, week } of listed(back)) {
    const small = byName.get(segment) as Small;
    note('GET /segments', user_count === small.users);
    note('GET /segments, last 7 days', week.now === usersOf(small, 7));
  }
  return found;
}

function* membershipsOf(segments: readonly Small[], prefix: string): Generator<Membership> {
  for (const { segment, users } of segments) {
    for (let index = 0; index < users; index += 1) {
      const user = `${prefix}-${segment}-${index}`;
      yield { segment, user, daysAgo: index % WINDOW };
      if (isAgain(index)) yield { segment, user, daysAgo: 0 };
    }
  }
}

const isAgain = (index: number) => index % 3 === 0;

/** The users of the last days. */
function usersOf({ users }: Small, days: number): number {
  let seen = 0;
  for (let index = 0; index < users; index += 1) {
    if (index % WINDOW < days || isAgain(index)) seen += 1;
  }
  return seen;
}

/** Whether a day of a history is right, and the days up to it. */
function isDayRight({ users }: Small) {
  // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
  return ({ user_count, rolling }: any, at: number) => {
    const isToday = at === WINDOW - 1;
    let [day, upTo] = [0, 0];
    for (let index = 0; index < users; index += 1) {
      const daysAgo = index % WINDOW;
      if (daysAgo === WINDOW - 1 - at || (isToday && isAgain(index))) day += 1;
      if (daysAgo >= WINDOW - 1 - at || isToday) upTo += 1;
    }
    return user_count === day && rolling.user_count === upTo;
  };
}

// biome-ignore lint/suspicious/noExplicitAny: whatever was answered
function isCertain({ user_count, interval, exact, standard_error }: any, truth: number): boolean {
  const isOneNumber = interval.low === truth && interval.high === truth && user_count === truth;
  return isOneNumber && exact === true && standard_error === 0;
}

/** The list of the small segments, page by page. */
async function* listed(base: string) {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `prefix=${encodeURIComponent('small ')}&limit=500&details=true&cursor=${cursor}`;
    // biome-ignore lint/suspicious/noExplicitAny: whatever was answered
    const page: any = await ask(base, `/segments?${query}`);
    yield* page.segments;
    cursor = page.next_cursor;
  }
}
