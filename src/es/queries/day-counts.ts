import { LRUCache } from 'lru-cache';
import { ownText } from '../../domain/own-text.js';
import { countRegisters } from '../sketch/count.js';
import { decodeSketch } from '../sketch/decode.js';
import { mergeRegisters, type Registers } from '../sketch/registers.js';

/** The users of one day, and of all days up to that day. */
export interface DayCount {
  day: number;
  upToDay: number;
}

/** Counts the days of segments. What was counted is kept together with the bytes that it was counted from. */
export interface DayCounts {
  /**
   * @param buckets the bucket of each day as Redis stores it, oldest first and today last; null if there is none
   * @throws Error if a bucket is not a HyperLogLog
   */
  of(segment: string, buckets: readonly Bucket[]): DayCount[];
}

type Bucket = Uint8Array | null;

/** Some days, oldest first. */
interface CountedDays {
  /** Own copies. */
  buckets: Bucket[];
  counts: DayCount[];
  /** The union of the days; undefined if all of them are empty. */
  merged: Registers | undefined;
}

/** The memory that is needed in addition to the bytes of buckets and registers, for each segment and for each of its days. */
const SEGMENT_BYTES = 512;
const DAY_BYTES = 256;

/**
 * Buckets of past days hardly change, so usually only today is decoded and counted. That they have not changed is known by
 * comparing all bytes: for Redis, reading a bucket costs less than anything that proves that it is the same.
 *
 * @param maxBytes the maximum of memory that is kept, in bytes
 */
export function createDayCounts(maxBytes: number): DayCounts {
  const kept = new LRUCache<string, CountedDays>({
    maxSize: maxBytes,
    sizeCalculation: (days, segment) => sizeOf(days) + 2 * segment.length + SEGMENT_BYTES,
  });
  return {
    of(segment, buckets) {
      const past = buckets.slice(0, -1);
      let days = kept.get(segment);
      if (days === undefined || !areSame(days.buckets, past)) {
        kept.delete(segment);
        days = countDays(past);
        if (days.merged !== undefined) {
          kept.set(ownText(segment), {
            ...days,
            buckets: past.map((bucket) => bucket && new Uint8Array(bucket)),
          });
        }
      }
      return countDays(buckets.slice(-1), days).counts;
    },
  };
}

const NO_DAYS: CountedDays = { buckets: [], counts: [], merged: undefined };

/** Counts days. @param before the days before them, which are part of the result */
function countDays(buckets: readonly Bucket[], before = NO_DAYS): CountedDays {
  let { merged } = before;
  const counts = [...before.counts];
  for (const bucket of buckets) {
    let day = 0;
    let upToDay = counts.at(-1)?.upToDay ?? 0;
    if (bucket !== null) {
      const registers = decodeSketch(bucket);
      merged = merged === undefined ? registers : mergeRegisters([merged, registers]);
      day = countRegisters(registers);
      upToDay = countRegisters(merged);
    }
    counts.push({ day, upToDay });
  }
  return { buckets: [...before.buckets, ...buckets], counts, merged };
}

function areSame(some: readonly Bucket[], others: readonly Bucket[]): boolean {
  return (
    some.length === others.length &&
    some.every((bucket, index) => {
      const other = others[index] as Bucket;
      return bucket === null || other === null
        ? bucket === other
        : Buffer.compare(bucket, other) === 0;
    })
  );
}

function sizeOf({ buckets, merged }: CountedDays): number {
  return buckets.reduce(
    (sum, bucket) => sum + (bucket?.length ?? 0) + DAY_BYTES,
    merged?.length ?? 0,
  );
}
