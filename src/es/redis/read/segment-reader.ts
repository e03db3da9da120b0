import { firstDayOf, utcDay, windowOf } from '../../../domain/utc-day.js';
import { decodeSketch } from '../../sketch/decode.js';
import { mergeRegisters, type Registers } from '../../sketch/registers.js';
import { mergeSamples, type Sample } from '../../sketch/sample.js';
import { isReply, throwRedisFailure } from '../failures.js';
import { countKnown, PARALLEL_REGISTRIES } from './count-known.js';
import { type Counts, type CountsOptions, createCounts } from './counts.js';
import { getEach } from './each.js';
import { createDaySamples } from './samples.js';

/** A segment with memberships in the window. */
interface KnownSegment {
  segment: string;
  /** The last UTC day of its memberships, as `utcDay` gives it. */
  lastDay: number;
}

/**
 * Reads segments from Redis, for queries that need more than a plain count.
 *
 * @throws Failure `unavailable` or `internal`, from each method
 */
export interface SegmentReader extends Pick<Counts, 'ofDays' | 'ofMerged' | 'ofWindows'> {
  /** The sketch of a segment over the last days up to today. */
  sketch(segment: string, today: number, days: number): Promise<Registers>;
  /** The sample of a segment over the last days up to today. If a bucket has none, nothing is known: `NO_SAMPLE`. */
  sample(segment: string, today: number, days: number): Promise<Sample>;
  /** The sample of each day of the window, oldest first. */
  dailySamples(segment: string, today: number): Promise<Sample[]>;
  /** About how many users a set has at most whose number is known exactly. */
  readonly sampleSize: number;
  /** The buckets of the days of the window as Redis stores them, oldest first; null if there is none. */
  dailyBuckets(segment: string, today: number): Promise<(Buffer | null)[]>;
  /**
   * The known segments, in parts. A segment may be yielded twice; one that is stored or deleted meanwhile may be missing.
   */
  known(): AsyncGenerator<KnownSegment[]>;
  /** How many segments are known. */
  countKnown(): Promise<number>;
}

/** How many entries of a registry one ZSCAN reads, which takes Redis about 0.2 ms. */
const SCAN_COUNT = '1000';

/** The progress of reading a registry. */
interface Scan {
  registry: string;
  cursor: string;
}

/** @param options `now` is the clock, in milliseconds */
export function createSegmentReader(options: CountsOptions & { now: () => number }): SegmentReader {
  const { redis, keys, gate, windowDays, now } = options;
  const { ofDays, ofMerged, ofWindows, merge } = createCounts(options);

  const readBuckets = (segment: string, days: readonly number[]) => {
    const prefix = keys.prefix(segment);
    const names = days.map((day) => prefix + keys.bucket(day));
    return getEach(redis, gate, names).catch(throwRedisFailure);
  };
  const daySamples = createDaySamples(options);
  const readSamples = async (segment: string, days: readonly number[]) => {
    const [samples] = await daySamples([{ segment, days }]);
    return samples as Sample[];
  };
  const readDays = async (segment: string, days: readonly number[]) =>
    (await readBuckets(segment, days)).map(decodeSketch);

  /** Reads some entries of a registry. @returns them, and where to continue; undefined at the end */
  async function readSome({ registry, cursor }: Scan): Promise<[KnownSegment[], Scan | undefined]> {
    const firstDay = firstDayOf(utcDay(now()), windowDays);
    const found: KnownSegment[] = [];
    const [next, entries] = await redis
      .zscan(registry, cursor, 'COUNT', SCAN_COUNT)
      .catch(throwRedisFailure);
    for (let at = 0; at < entries.length; at += 2) {
      const segment = keys.registered(entries[at] as string);
      const lastDay = Number(entries[at + 1]);
      if (segment !== undefined && lastDay >= firstDay) found.push({ segment, lastDay });
    }
    return [found, next === '0' ? undefined : { registry, cursor: next }];
  }

  return {
    ofDays,
    ofMerged,
    ofWindows,
    get sampleSize() {
      return options.sampling.size;
    },

    async sketch(segment, today, days) {
      if (days < windowDays) return mergeRegisters(await readDays(segment, windowOf(today, days)));
      // The merged window stays in Redis, so the next sketch or count reads only that key.
      await merge(segment, today);
      const merged = await redis
        .getBuffer(keys.prefix(segment) + keys.window(today))
        .catch((error) => (isReply(error) ? null : throwRedisFailure(error)));
      // An unknown segment has no window. If Redis refuses to write, no segment has one.
      return merged === null
        ? mergeRegisters(await readDays(segment, windowOf(today, days)))
        : decodeSketch(merged);
    },

    async sample(segment, today, days) {
      return mergeSamples(await readSamples(segment, windowOf(today, days)));
    },

    dailySamples: (segment, today) => readSamples(segment, windowOf(today, windowDays)),

    dailyBuckets: (segment, today) => readBuckets(segment, windowOf(today, windowDays)),

    countKnown: () => countKnown(redis, keys),

    async *known() {
      const scans: Scan[] = keys.registries().map((registry) => ({ registry, cursor: '0' }));
      while (scans.length > 0) {
        const read = await Promise.all(scans.splice(-PARALLEL_REGISTRIES).map(readSome));
        scans.push(...read.flatMap(([, left]) => left ?? []));
        yield read.flatMap(([found]) => found);
      }
    },
  };
}
