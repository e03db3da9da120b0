import keySlot from 'cluster-key-slot';
import { DAY_MS, formatUtcDay, windowOf } from '../../domain/utc-day.js';

/** How long a key is kept after it no longer counts, because clocks may differ: 1 hour. */
const EXPIRY_MARGIN_S = 3_600;

/** The default prefix of every key. */
export const KEY_PREFIX = 'es:';

/** The names of the keys in Redis, and when each expires. */
export interface Keys {
  /**
   * The sorted set of known segments, encoded as in their keys and sorted by their last UTC day. A Cluster has one registry
   * for each slot, so that one script can write the registry of a segment and its other keys.
   */
  registry(prefix: string): string;
  /** The maximum of segments in one registry, so that all registries together have as many as `limit`; 0 means no limit. */
  registryLimit(limit: number): number;
  /** Every registry that may exist. */
  registries(): string[];
  /** The segment that an entry of a registry stands for; undefined for an entry that ES has not written. */
  registered(entry: string): string | undefined;
  /** The entry of a segment in its registry. */
  entry(segment: string): string;
  /** The prefix of all keys of a segment. */
  prefix(segment: string): string;
  /** The key that holds when a segment was deleted last, in microseconds by the clock of Redis. */
  tombstone(segment: string): string;
  /** The HyperLogLog of one UTC day. The text follows the prefix. */
  bucket(day: number): string;
  /** When a bucket expires, in seconds since 1970: when the window has moved past its day. */
  bucketExpiry(day: number): number;
  /** The running merge of the buckets in the window that ends today. The text follows the prefix. */
  window(today: number): string;
  /** The sample of the users of a bucket or a window. */
  sample(key: string): string;
  /**
   * Every bucket and window that a segment may have, and their samples.
   *
   * @param latest the latest UTC day that is today by any clock; a clock may be a day off
   */
  dataOf(segment: string, latest: number): string[];
  /** When a window expires, in seconds since 1970: when its day is over. */
  windowExpiry(today: number): number;
  /** The key that is there while somebody has a turn, or nobody may have one; see `Turns`. */
  turn: string;
  /** The key that holds since which UTC day it is announced that windows of the next day are added to; see `Announcement`. */
  announced: string;
  /** The key that holds since which UTC day samples are complete; see `Sampling`. */
  sampling: string;
}

/**
 * Segments are encoded, so that a brace in a name does not end the hash tag, which keeps all keys of a segment in one slot
 * of a Cluster.
 *
 * @param windowDays how many UTC days a window has; part of its key, so that windows of different lengths have different
 *   keys
 * @param isCluster whether keys are spread over the slots of a Cluster
 * @param start the prefix of every key; without braces
 */
export function createKeys(windowDays: number, isCluster: boolean, start = KEY_PREFIX): Keys {
  const tags = isCluster ? slotTags() : [];
  const registry = `${start}segments`;
  const keys: Keys = {
    registry: (prefix) => (isCluster ? `${registry}:{${tags[keySlot(prefix)]}}` : registry),
    registryLimit: (limit) => (isCluster ? slotLimit(limit) : limit),
    registries: () => (isCluster ? tags.map((tag) => `${registry}:{${tag}}`) : [registry]),
    registered: decode,
    entry: encode,
    prefix: (segment) => `${start}{${encode(segment)}}:`,
    tombstone: (segment) => `${start}{${encode(segment)}}:deleted`,
    bucket: formatUtcDay,
    bucketExpiry: (day) => expiryAt(day + windowDays),
    window: (today) => `window-${windowDays}:${formatUtcDay(today)}`,
    windowExpiry: (today) => expiryAt(today + 1),
    turn: `${start}warming`,
    announced: `${start}warming-announced`,
    sample: (key) => `${key}:sample`,
    sampling: `${start}sampling`,
    dataOf(segment, latest) {
      const prefix = keys.prefix(segment);
      const buckets = windowOf(latest, windowDays + 3).map(keys.bucket);
      const windows = windowOf(latest, 3).map(keys.window);
      const data = [...buckets, ...windows].map((name) => prefix + name);
      return [...data, ...data.map(keys.sample)];
    },
  };
  return keys;
}

/** For each slot of a Cluster, a short text that hashes to it. */
function slotTags(): string[] {
  const tags = new Array<string>(SLOTS);
  for (let found = 0, number = 0; found < SLOTS; number += 1) {
    const tag = number.toString(36);
    const slot = keySlot(tag);
    if (tags[slot] !== undefined) continue;
    tags[slot] = tag;
    found += 1;
  }
  return tags;
}

const SLOTS = 16_384;

/**
 * The limit of one slot. Names spread over the slots by chance (a Poisson distribution), so a slot gets five standard
 * deviations more than its share: hardly any slot is full before the limit is reached. With a limit of a million, all slots
 * together may have 1.7 times as many.
 */
function slotLimit(limit: number): number {
  const share = limit / SLOTS;
  return limit === 0 ? 0 : Math.ceil(share + 5 * Math.sqrt(share)) + 5;
}

function expiryAt(day: number): number {
  return (day * DAY_MS) / 1_000 + EXPIRY_MARGIN_S;
}

/** Matches names that encodeURIComponent leaves unchanged. The test is several times faster than encoding. */
const PLAIN = /^[\w.!~*'()-]*$/;

function encode(segment: string): string {
  return PLAIN.test(segment) ? segment : encodeURIComponent(segment);
}

function decode(entry: string): string | undefined {
  try {
    const segment = decodeURIComponent(entry);
    return segment.includes('\n') ? undefined : segment;
  } catch {
    return undefined;
  }
}
