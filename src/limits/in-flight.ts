/**
 * All limits of the work in progress on memberships and counts, and how they follow from each other. In the order in which
 * a request passes them:
 *
 * 1. A process starts as many single requests, and as many memberships of small batches, as fill the groups on their way
 *    and the next groups; the others wait in fair lines. `GROUPS_BEGUN`
 * 2. It has at most `BATCHES_IN_FLIGHT` full groups on their way, and as many large batches, of `BULK_BATCH` memberships if
 *    they are of a bulk body; while a group is on its way, `LARGE_BESIDE_SMALL`. One body alone may use all of these; bodies
 *    of different clients take turns.
 * 3. So a USS has at most `BATCHES_OF_SENDER` batches on their way to ES. ES takes as many from one stream, or from the
 *    queue, before it answers one: with fewer the sender would have to wait, and more would only use memory.
 * 4. ES sends the batches that it has taken to Redis as in 1 and 2. The others wait in fair lines, at most
 *    `MAX_WAITING_BATCHES`, and at most as many bytes as limits/heap.ts allows.
 */

/** Full batches on their way: one that Redis stores now, the next one, and some to even out delays. */
export const BATCHES_IN_FLIGHT = 4;

/**
 * Large batches on their way while smaller requests are under way too: these wait behind each large batch that ES or Redis
 * has already begun.
 */
export const LARGE_BESIDE_SMALL = 1;

/**
 * Memberships in a batch of a long bulk body. Larger batches are not faster, and a request that comes in between waits
 * longer for them.
 */
export const BULK_BATCH = 2_000;

/** Batches that one sender has on their way: its groups, and its large batches. */
export const BATCHES_OF_SENDER = 2 * BATCHES_IN_FLIGHT;

/** Groups of requests that are started: a group is filled while the maximum of groups is on its way. */
export const GROUPS_BEGUN = 2 * BATCHES_IN_FLIGHT;

/**
 * Maximum of waiting batches, of all clients: so many small ones, and so many large ones. It limits the time that the last
 * one waits; the limit of bytes limits the memory.
 */
export const MAX_WAITING_BATCHES = 10_000;

/** Calls on their way that may take Redis long, such as counts over given days: one that it works on, and the next. */
export const LONG_CALLS_IN_FLIGHT = 2;

/**
 * Segments that one call counts over the window: 2 ms of Redis at most, and up to 35 ms, in slices, if nobody has counted
 * them today.
 */
export const COUNTED_TOGETHER = 100;

/**
 * Buckets that one call reads if days are given; such a count is computed again each time. 224 are 16 segments over 14
 * days, about 8 ms of Redis, in slices.
 */
export const BUCKETS_TOGETHER = 224;

/**
 * Keys that Redis merges or reads in one go for a call that takes long: about 1 ms, for which everybody waits. With one
 * slice more on its way, Redis has the next one while ES reads the answer.
 */
export const KEYS_IN_SLICE = 42;
export const SLICES_IN_FLIGHT = 2;

/** Maximum of waiting counts of many segments, of one client and of all clients. */
export const MAX_WAITING_COUNTS = { maxWaitingEach: 100, maxWaiting: 400 };
