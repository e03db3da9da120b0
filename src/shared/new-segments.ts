import { LRUCache } from 'lru-cache';
import type { Caller } from './caller.js';
import { type Failure, toFailure } from './failure.js';
import { createRateLimit } from './http/rate-limit.js';
import { MAX_COUNTS } from './membership.js';
import { countMemberships, type MembershipGroup } from './membership-groups.js';
import type { SegmentBackend, SegmentService } from './segment-service.js';
import type { Window } from './window.js';

export interface NewSegmentsOptions {
  /** New segments that a client may make each minute; 0 lets it make as many as it likes. */
  perMinute: number;
  /** Counts segments over the window. One that counts 0 is new. */
  count: SegmentBackend['count'];
  /** What clients are told apart by. */
  nameOf: (caller: Caller) => string;
  /** The clock, in milliseconds. */
  now: () => number;
  /** Told how many memberships were refused. */
  onRefused: (memberships: number) => void;
}

/** Segments that are remembered not to be new, and the length of their names in all. */
const MAX_KNOWN = 200_000;
const MAX_KNOWN_LENGTH = 16 * 1024 * 1024;

/**
 * A service of which each client may have so many new segments a minute made. Beyond it the memberships of segments that
 * are new are refused, and all others are stored. What no client has sent is not limited. A segment that was not
 * stored lately is counted first, so until it is known again it costs a count.
 */
export function limitNewSegments(
  service: SegmentService,
  { perMinute, count, nameOf, now, onRefused }: NewSegmentsOptions,
): SegmentService {
  if (perMinute === 0) return service;
  const words = `too many new segments: at most ${perMinute} a minute`;
  const limit = createRateLimit({ perSecond: perMinute / 60, burst: perMinute }, words, now);
  const known = new LRUCache<string, true>({
    max: MAX_KNOWN,
    maxSize: MAX_KNOWN_LENGTH,
    sizeCalculation: (_known, segment) => segment.length,
  });

  /** Of some segments those that may not be made, and why. */
  async function refusalsOf(segments: Set<string>, caller: Caller): Promise<Map<string, Failure>> {
    const refused = new Map<string, Failure>();
    const unknown = [...segments].filter((segment) => !known.has(segment));
    for (let from = 0; from < unknown.length; from += MAX_COUNTS) {
      const counts = await count(unknown.slice(from, from + MAX_COUNTS));
      for (const [segment, users] of counts) {
        try {
          // Somebody else may have had it made meanwhile.
          if (users === 0 && !known.has(segment)) limit.take(nameOf(caller), 1);
          known.set(segment, true);
        } catch (error) {
          refused.set(segment, toFailure(error));
        }
      }
    }
    return refused;
  }

  async function storeAllowed(groups: readonly MembershipGroup[], caller: Caller): Promise<Window> {
    const refused = await refusalsOf(new Set(groups.map(({ segment }) => segment)), caller);
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
        const refusal = (await refusalsOf(new Set([segment]), caller)).get(segment);
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
