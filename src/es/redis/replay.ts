import { MAX_BATCH } from '../../shared/membership.js';
import type { MembershipGroup } from '../../shared/membership-groups.js';
import {
  type PackedMemberships,
  packMemberships,
  unpackMemberships,
} from '../../shared/packed-memberships.js';
import { primariesOf, type RedisClient } from './connection.js';
import { unlessForbidden } from './health.js';

export interface ReplayOptions {
  redis: RedisClient;
  /** Stores groups of at most 10,000 memberships in all. */
  store: (groups: readonly MembershipGroup[]) => Promise<void>;
  /** The clock, in milliseconds. */
  now: () => number;
  /** Told how many memberships were stored again. */
  onReplayed: (memberships: number) => void;
}

/** Stores again what a Redis that took over, or came back, may never have had. */
export interface Replay {
  /** To be called before something is stored or deleted: its place in the order that Redis gets them in. */
  nextTurn(): number;
  /** Remembers what was stored. */
  remember(groups: readonly MembershipGroup[], turn: number): void;
  /** Forgets what was stored of a segment before it was deleted. */
  forgetSegment(segment: string, turn: number): void;
  /**
   * Looks whether a server has taken over since the last look, and if so stores again what is remembered.
   *
   * @throws what Redis says; the next look tries again
   */
  look(): Promise<void>;
}

interface Remembered {
  turn: number;
  time: number;
  size: number;
  packed: PackedMemberships;
}

/** Longer than a Cluster takes to replace a primary, while those beside it go on. */
const REMEMBERED_MS = 30_000;

/** Some 30 MB. */
const MAX_REMEMBERED = 1_000_000;

/**
 * Replication is asynchronous, and even a write that WAIT has seen on a replica is lost when Sentinel
 * promotes another one. Storing is idempotent, so what was stored last is stored again on whatever server has
 * come to be the primary: an acknowledged membership is lost only if ES dies at the same time.
 */
export function createReplay({ redis, store, now, onReplayed }: ReplayOptions): Replay {
  let remembered: Remembered[] = [];
  let total = 0;
  let primaries: Set<string> | undefined;
  let turn = 0;
  const deleted = new Map<string, { turn: number; time: number }>();

  const forget = () => {
    const oldest = now() - REMEMBERED_MS;
    let count = 0;
    for (const { time, size } of remembered) {
      if (total <= MAX_REMEMBERED && time >= oldest) break;
      total -= size;
      count += 1;
    }
    // Not one by one: taking from the front moves the rest.
    if (count > remembered.length / 2) remembered = remembered.slice(count);
    else if (count > 0) remembered.splice(0, count);
    const firstTurn = remembered.reduce((least, { turn }) => Math.min(least, turn), turn);
    for (const [segment, deletion] of deleted) {
      if (deletion.time < oldest && deletion.turn < firstTurn) deleted.delete(segment);
    }
  };

  const isDeleted = (segment: string, storedIn: number) =>
    storedIn < (deleted.get(segment)?.turn ?? 0);

  return {
    nextTurn() {
      turn += 1;
      return turn;
    },

    forgetSegment(segment, deletedIn) {
      deleted.set(segment, { turn: deletedIn, time: now() });
      if (deleted.size % 1_000 === 0) forget();
    },

    remember(groups, storedIn) {
      const size = sizeOf(groups);
      remembered.push({ turn: storedIn, time: now(), size, packed: packMemberships(groups) });
      total += size;
      if (total > MAX_REMEMBERED || remembered.length % 1_000 === 0) forget();
    },

    async look() {
      const found = new Set(await runIds(redis));
      const isNew = [...found].some((id) => primaries !== undefined && !primaries.has(id));
      if (isNew) {
        const again = [...remembered];
        for (const groups of batches(again, now(), isDeleted)) await store(groups);
        const stored = again.reduce((sum, { size }) => sum + size, 0);
        onReplayed(stored);
      }
      primaries = found;
    },
  };
}

/** The run ids of the servers that are written to: one starts anew with another, and so does who takes over. */
async function runIds(redis: RedisClient): Promise<string[]> {
  const infos = await Promise.all(
    primariesOf(redis).map((primary) => primary.info('server').catch(unlessForbidden)),
  );
  return infos.map((info) => /run_id:(\S+)/.exec(info)?.[1] ?? '');
}

/** Everything remembered in as few batches as there can be, but what was deleted since, also while it is stored again. */
function* batches(
  remembered: readonly Remembered[],
  now: number,
  isDeleted: (segment: string, turn: number) => boolean,
): Generator<MembershipGroup[]> {
  let batch: MembershipGroup[] = [];
  let size = 0;
  for (const { packed, turn, size: more } of remembered) {
    if (size + more > MAX_BATCH) {
      yield batch;
      [batch, size] = [[], 0];
    }
    const groups = unpackMemberships(packed, now);
    batch.push(...groups.filter(({ segment }) => !isDeleted(segment, turn)));
    size += more;
  }
  if (size > 0) yield batch;
}

function sizeOf(groups: readonly MembershipGroup[]): number {
  return groups.reduce((sum, { userIds }) => sum + userIds.length, 0);
}
