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
  /** New segments that a client may make each minute; 0 lets it make as many as it likes. */
  perMinute: number;
  /** Counts segments over the window. One that counts 0 is new. */
  count: CountAll;
  /** Bounds what waits to be counted, and tells clients apart. */
  queue: Required<QueueOptions>;
  /** The clock, in milliseconds. */
  now: () => number;
  /** Told how many memberships were refused. */
  onRefused: (memberships: number) => void;
}

/** Segments that are remembered not to be new, and the length of their names in all. */
const MAX_KNOWN = { max: 200_000, maxSize: 16 * 1024 * 1024 };

/** The same of those that were found to be new and are not made yet; fewer, for who is refused makes them up. */
const MAX_NEW = { max: 20_000, maxSize: 2 * 1024 * 1024 };

/** How long a segment is taken for new without another look; another process may have made it meanwhile. */
const NEW_FOR_MS = 10_000;

/**
 * A service of which each client may have so many new segments a minute made. Beyond it the memberships of segments that
 * are new are refused, and all others are stored. What no client has sent is not limited. A segment that was not
 * stored lately is counted first, so until it is known again it costs a count, in turns with those of other clients.
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
      // What cannot be counted is there all the same.
      if (users !== 0) known.set(ownText(segment), true);
      else newUntil.set(ownText(segment), now() + NEW_FOR_MS);
    }
    return counts;
  }, isDecided);
  const counting = createCounting(lookUp, queue);

  /** Has a client make a segment, unless it is there. @returns why it may not */
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
 * A count that asks for no segment that is decided by then, or asked for already and not answered yet.
 *
 * @returns 0 for what is decided
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
