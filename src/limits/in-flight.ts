/**
 * How much is worked on at once on the way of memberships and counts: all the numbers, and how they follow from each other.
 * In the order of the way:
 *
 * 1. A process begins as many single requests as fill the groups on their way and the groups behind them; the others wait in
 *    fair lines. `GROUPS_BEGUN`
 * 2. It has so many full groups of single memberships on their way, and so many batches of bulk bodies: one body alone may have
 *    all of these, and those of different clients take turns. `BATCHES_IN_FLIGHT` of each
 * 3. So a USS has at most `BATCHES_OF_SENDER` batches on their way to ES. ES takes as many from one stream, or from the queue,
 *    before it answers one: less would hold up the sender, more would be kept in memory for nothing.
 * 4. ES has `BATCHES_IN_FLIGHT` of all that it has taken on their way to Redis. The others wait in fair lines, as many as
 *    `MAX_WAITING_BATCHES`, and as many bytes as limits/heap.ts allows.
 */

/** Full batches on their way: one that is stored, the next one behind it, and some to even out. */
export const BATCHES_IN_FLIGHT = 4;

/** Batches that one sender has on their way: its groups of single memberships, and its batches of bulk bodies. */
export const BATCHES_OF_SENDER = 2 * BATCHES_IN_FLIGHT;

/** Single requests that are begun, in groups: a group is filled while as many as may be are on their way. */
export const GROUPS_BEGUN = 2 * BATCHES_IN_FLIGHT;

/** Batches that wait, of all clients. They bound the time that the last one waits, as the bytes bound the memory. */
export const MAX_WAITING_BATCHES = 10_000;

/** Calls on their way that may take Redis long, as of counts over some days: one that it works on, and the next. */
export const LONG_CALLS_IN_FLIGHT = 2;

/** Segments counted by one call over the window: some 25 ms of Redis where nobody has counted them today. */
export const COUNTED_TOGETHER = 100;

/**
 * Buckets read by one call where days are given, which is done anew each time: 16 segments over 14 days, some 8 ms of Redis.
 * What is stored meanwhile waits for no more than a few of these.
 */
export const BUCKETS_TOGETHER = 224;

/** Counts of many segments that wait, of one client and of all. */
export const MAX_WAITING_COUNTS = { maxWaitingEach: 100, maxWaiting: 400 };
