import { DAY_MS, formatUtcDay } from '../../shared/utc-day.js';

/** How long a key outlives the last moment it counts, so that clocks may disagree: 1 hour. */
const EXPIRY_MARGIN_S = 3_600;

/** The keys in Redis, and when each expires, in seconds since 1970. */
export interface Keys {
  /** Known segments by the last UTC day they were active on. */
  registry: string;
  /** The HyperLogLog of one segment on one UTC day. */
  bucket(segment: string, day: number): string;
  /** A bucket counts until the window has moved past its day. */
  bucketExpiry(day: number): number;
  /** The running merge of a segment's buckets in the window that ends today. */
  window(segment: string, today: number): string;
  /** A window counts until its day is over. */
  windowExpiry(today: number): number;
}

/**
 * Segments are encoded so that no character of theirs can end the hash tag, which keeps all keys of a
 * segment on one slot of a Cluster.
 *
 * @param windowDays how many UTC days a window has; part of its key, so that windows of another length
 *   are not taken for it
 */
export function createKeys(windowDays: number): Keys {
  const dateOf = createDateCache();
  return {
    registry: 'es:segments',
    bucket: (segment, day) => `es:{${encode(segment)}}:${dateOf(day)}`,
    bucketExpiry: (day) => expiryAt(day + windowDays),
    window: (segment, today) => `es:{${encode(segment)}}:window-${windowDays}:${dateOf(today)}`,
    windowExpiry: (today) => expiryAt(today + 1),
  };
}

function expiryAt(day: number): number {
  return (day * DAY_MS) / 1_000 + EXPIRY_MARGIN_S;
}

/** What encodeURIComponent leaves as it is; asking is several times as fast as encoding. */
const PLAIN = /^[\w.!~*'()-]*$/;

function encode(segment: string): string {
  return PLAIN.test(segment) ? segment : encodeURIComponent(segment);
}

/** Dates as text; only those of a window are ever asked for, and writing one costs as much as a key. */
function createDateCache(): (day: number) => string {
  const dates = new Map<number, string>();
  return (day) => {
    let date = dates.get(day);
    if (date === undefined) {
      if (dates.size > 1_000) dates.clear();
      date = formatUtcDay(day);
      dates.set(day, date);
    }
    return date;
  };
}
