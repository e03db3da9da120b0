import {
  Failure,
  type FailureKind,
  invalidField,
  retryAfterOf,
  toFailure,
} from '../../domain/failure.js';
import {
  checkNotAhead,
  MAX_BATCH,
  type Membership,
  parseName,
  parseSegment,
} from '../../domain/membership.js';
import {
  countMemberships,
  groupMemberships,
  type MembershipGroup,
} from '../../domain/membership-groups.js';
import { unpackMemberships } from '../../domain/packed-memberships.js';
import { utcDay } from '../../domain/utc-day.js';
import { checkNoneRefused, refusalOf, type Window } from '../../domain/window.js';
import type { Timestamp } from '../../generated/google/protobuf/timestamp.js';
import type {
  Membership as MembershipMessage,
  StoreBatchRequest,
  StoreBatchResponse,
  StoreFailure,
} from '../../generated/segment.js';
import { toRefusal } from './status.js';

/**
 * Checks one membership as it arrives over gRPC.
 *
 * @param now the time of arrival in milliseconds
 * @throws Failure `invalid`, naming the field and the limit
 */
export function parseMessage(message: MembershipMessage, now: number): Membership {
  const { segment, userId, occurredAt } = message;
  return {
    segment: parseSegment('segment', segment),
    userId: parseName('user_id', userId),
    occurredAt: occurredAt === undefined ? now : checkNotAhead(toMilliseconds(occurredAt), now),
  };
}

function toMilliseconds({ seconds, nanos }: Timestamp): number {
  if (nanos < 0 || nanos > 999_999_999) {
    throw invalidField('occurred_at.nanos', 'must be from 0 to 999999999');
  }
  return seconds * 1_000 + Math.floor(nanos / 1e6);
}

/** A checked batch, and the function that makes its answer. */
export interface ParsedBatch {
  /** All memberships of the batch. */
  groups: MembershipGroup[];
  /** @throws Failure if memberships were refused and the sender's version has no field for that; all others are stored */
  toResponse(window: Window): StoreBatchResponse;
}

/** The kinds of refusals that have fields of their own in the answer. */
const KINDS_WITH_FIELDS: readonly FailureKind[] = ['full', 'limited'];

const NONE_REFUSED = {
  refused: [],
  refusedGroups: [],
  limited: [],
  limitedGroups: [],
  retryAfterS: 0,
  failures: [],
  state: undefined,
};

/**
 * Checks a whole batch.
 *
 * @param now the time of arrival in milliseconds
 * @throws Failure `invalid` for the first membership that breaks a rule
 */
export function parseBatch(batch: StoreBatchRequest, now: number): ParsedBatch {
  const { memberships, packed, takesRefusals, takesFailures } = batch;
  const single = parseMessages(memberships, now);
  const packedGroups = packed === undefined ? [] : unpackMemberships(packed, now);
  const total = single.length + countMemberships(packedGroups);
  if (total > MAX_BATCH) {
    throw new Failure('invalid', `a batch must be at most ${MAX_BATCH} memberships, not ${total}`);
  }
  return {
    groups: single.length === 0 ? packedGroups : [...groupMemberships(single), ...packedGroups],
    toResponse(window) {
      const { firstDay, days: windowDays } = window;
      const outOfWindow = positionsOf(single, ({ occurredAt }) => utcDay(occurredAt) < firstDay);
      if (window.refused === undefined)
        return { ...NONE_REFUSED, outOfWindow, windowDays, firstDay };
      if (!takesFailures) checkNoneRefused(window, takesRefusals ? KINDS_WITH_FIELDS : []);
      const refusals = single.map(({ segment, occurredAt }) =>
        refusalOf(segment, utcDay(occurredAt), window),
      );
      const ofGroups = packedGroups.map(({ segment, day }) => refusalOf(segment, day, window));
      const isRefused = (refusal: Failure | undefined) =>
        refusal !== undefined && KINDS_WITH_FIELDS.includes(refusal.kind);
      const isLimited = (refusal: Failure | undefined) => refusal?.kind === 'limited';
      return {
        outOfWindow,
        windowDays,
        firstDay,
        refused: positionsOf(refusals, isRefused),
        refusedGroups: positionsOf(ofGroups, isRefused),
        limited: positionsOf(refusals, isLimited),
        limitedGroups: positionsOf(ofGroups, isLimited),
        retryAfterS: retryAfterOf([...window.refused.values()].find(isLimited)),
        failures: failuresOf(refusals, ofGroups),
        state: undefined,
      };
    },
  };
}

type Refusals = readonly (Failure | undefined)[];

/** The refusals of all other kinds. Each reason appears once. */
function failuresOf(ofMemberships: Refusals, ofGroups: Refusals): StoreFailure[] {
  const failures = new Map<string, StoreFailure>();
  const note = (refusals: Refusals, where: 'memberships' | 'groups') => {
    for (const [position, refusal] of refusals.entries()) {
      if (refusal === undefined || KINDS_WITH_FIELDS.includes(refusal.kind)) continue;
      const key = `${refusal.kind} ${refusal.message}`;
      const failure = failures.get(key) ?? {
        status: toRefusal(refusal),
        memberships: [],
        groups: [],
      };
      failure[where].push(position);
      failures.set(key, failure);
    }
  };
  note(ofMemberships, 'memberships');
  note(ofGroups, 'groups');
  return [...failures.values()];
}

function parseMessages(messages: readonly MembershipMessage[], now: number): Membership[] {
  if (messages.length > MAX_BATCH) {
    throw invalidField('memberships', `must be at most ${MAX_BATCH}, not ${messages.length}`);
  }
  return messages.map((message, position) => {
    try {
      return parseMessage(message, now);
    } catch (error) {
      throw toFailure(error).within(`memberships[${position}]`);
    }
  });
}

function positionsOf<Item>(items: readonly Item[], isMeant: (item: Item) => boolean): number[] {
  return items.flatMap((item, position) => (isMeant(item) ? [position] : []));
}
