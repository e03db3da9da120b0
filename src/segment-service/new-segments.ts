import { LRUCache } from 'lru-cache';
import type { Caller } from '../auth/caller.js';
import { type Failure, toFailure } from '../domain/failure.js';
import { countMemberships, type MembershipGroup } from '../domain/membership-groups.js';
import { ownText } from '../domain/own-text.js';
import type { Window } from '../domain/window.js';
import { createRateLimit } from '../limits/rate-limit.js';
import { type CountAll, createCounting } from './counting.js';
import type { QueueOptions, SegmentService } from './segment-service.js';

export interface NewSegmentsOptions {
  /** How many new segments a client may make each minute; 0 means no limit. */
  perMinute: number;
  /** Counts segments over the window. A segment that counts 0 is new. */
  count: CountAll;
  /** Limits the waiting counts, and names clients. */
  queue: Required<QueueOptions>;
  /** The clock, in milliseconds. */
  now: () => number;
  /** Called with the number of memberships that were refused. */
  onRefused: (memberships: number) => void;
}

/** Maximum of segments that are remembered as known, and of the total length of their names. */
const MAX_KNOWN = { max: 200_000, maxSize: 16 * 1024 * 1024 };

/**
 * The same for segments that are new and not made yet. Fewer, because a refused client could invent any number of names.
 */
const MAX_NEW = { max: 20_000, maxSize: 2 * 1024 * 1024 };

/** How long a segment counts as new before it is counted again: another process may have made it meanwhile. */
const NEW_FOR_MS = 10_000;

/**
 * A service that limits how many new segments each client may make in a minute. Beyond the limit, memberships of new
 * segments are refused and all others are stored. Memberships that the service itself stores are not limited. A segment
 * that was not stored lately is counted first, to find out whether it is new; clients share these counts fairly.
 */
export function limitNewSegments(
  service: SegmentService,
  { perMinute, count, queue, now, onRefused }: NewSegmentsOptions,
): SegmentService {
  if (perMinute === 0) return service;
  const words = `too many new segments: at most ${perMinute} a minute`;
  const limit = createRateLimit({ perSecond: perMinute / 60, burst: perMinute }, words, now);
  const sizeCalculation = (_value: unknown, segment: string) => segment.length;
  const known = new LRUCache<string, true>({ ...MAX_KNOWN, sizeCalculation });
  const newUntil = new LRUCache<string, number>({ ...MAX_NEW, sizeCalculation });
  const isDecided = (segment: string) =>
    known.has(segment) || now() < (newUntil.get(segment) ?? Number.NEGATIVE_INFINITY);

  const lookUp = countOnce(async (segments) => {
    const counts = await count(segments);
    for (const [segment, users] of counts) {
      // A segment that cannot be counted exists too, so it is not new.
      if (users !== 0) known.set(ownText(segment), true);
      else newUntil.set(ownText(segment), now() + NEW_FOR_MS);
    }
    return counts;
  }, isDecided);
  const counting = createCounting(lookUp, queue);

  /** Charges a client for a new segment. @returns why the client may not make it; undefined if it may */
  const make = (segment: string, caller: Caller): Failure | undefined => {
    if (known.has(segment)) return undefined;
    try {
      limit.take(queue.nameOf(caller), 1);
    } catch (error) {
      return toFailure(error);
    }
    known.set(ownText(segment), true);
    newUntil.delete(segment);
    return undefined;
  };

  async function storeAllowed(groups: readonly MembershipGroup[], caller: Caller): Promise<Window> {
    const segments = new Set(groups.map(({ segment }) => segment));
    const unknown = [...segments].filter((segment) => !isDecided(segment));
    const counts = await counting.countBatch(unknown, undefined, caller);
    const refused = new Map<string, Failure>();
    for (const segment of segments) {
      const refusal = counts.get(segment) ? undefined : make(segment, caller);
      if (refusal !== undefined) refused.set(segment, refusal);
    }
    if (refused.size === 0) return service.storeBatch(groups, caller);
    const isRefused = ({ segment }: MembershipGroup) => refused.has(segment);
    onRefused(countMemberships(groups.filter(isRefused)));
    const window = await service.storeBatch(
      groups.filter((group) => !isRefused(group)),
      caller,
    );
    return { ...window, refused: new Map([...refused, ...(window.refused ?? [])]) };
  }

  return {
    async store(membership, caller) {
      const { segment } = membership;
      if (caller !== undefined && !known.has(segment)) {
        const users = isDecided(segment) ? 0 : await counting.count(segment, undefined, caller);
        const refusal = users > 0 ? undefined : make(segment, caller);
        if (refusal !== undefined) {
          onRefused(1);
          throw refusal;
        }
      }
      return service.store(membership, caller);
    },
    storeBatch: (groups, caller) =>
      caller === undefined ? service.storeBatch(groups) : storeAllowed(groups, caller),
    count: service.count,
    countBatch: service.countBatch,
    get queued() {
      return service.queued;
    },
  };
}

/**
 * Counts segments, but leaves out segments for which the answer is known by then. A segment that is being counted already
 * is not counted twice: its answer is shared.
 *
 * @returns 0 for segments that were left out
 */
function countOnce(count: CountAll, isDecided: (segment: string) => boolean): CountAll {
  const onTheWay = new Map<string, ReturnType<CountAll>>();
  return async (segments) => {
    const own = segments.filter((segment) => !isDecided(segment) && !onTheWay.has(segment));
    if (own.length > 0) {
      const counted = count(own).finally(() => {
        for (const segment of own) onTheWay.delete(segment);
      });
      for (const segment of own) onTheWay.set(segment, counted);
    }
    const answers = await Promise.all(new Set(segments.map((segment) => onTheWay.get(segment))));
    const users = (segment: string) =>
      answers.find((answer) => answer?.has(segment))?.get(segment) ?? 0;
    return new Map(segments.map((segment) => [segment, users(segment)]));
  };
}
