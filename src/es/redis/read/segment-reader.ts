import { utcDay, windowOf } from '../../../domain/utc-day.js';
import { decodeSketch } from '../../sketch/decode.js';
import { mergeRegisters, type Registers } from '../../sketch/registers.js';
import { isReply, redisFailure } from '../failures.js';
import { type Counts, type CountsOptions, createCounts } from './counts.js';

/** A segment that has been stored in the window. */
interface KnownSegment {
  segment: string;
  /** The last UTC day it was active on, as `utcDay` gives it. */
  lastDay: number;
}

/** What Redis knows of segments, for questions that a plain count does not answer. Throws Failure `unavailable` or `internal`. */
export interface SegmentReader extends Pick<Counts, 'ofDays' | 'ofMerged' | 'ofWindows'> {
  /** The sketch of a segment over the last days up to today. */
  sketch(segment: string, today: number, days: number): Promise<Registers>;
  /** The sketches of the days of the window, oldest first. */
  dailySketches(segment: string, today: number): Promise<Registers[]>;
  /** The known segments, some at a time. One may come twice; one that comes or goes meanwhile may be left out. */
  known(): AsyncGenerator<KnownSegment[]>;
  /** How many segments are known. */
  countKnown(): Promise<number>;
}

/** How many entries of a registry are asked for at a time: some 0.2 ms of Redis. */
const ENTRIES = '1000';

/** How many registries are read at a time; on a Cluster there is one for each slot. */
const REGISTRIES = 64;

/** Where the reading of a registry has come to. */
interface Scan {
  registry: string;
  cursor: string;
}

/** @param now the clock, in milliseconds */
export function createSegmentReader(options: CountsOptions & { now: () => number }): SegmentReader {
  const { redis, keys, gate, windowDays, now } = options;
  const { ofDays, ofMerged, ofWindows, merge } = createCounts(options);

  const read = async (key: string) =>
    decodeSketch(await gate.pass(key, () => redis.getBuffer(key)).catch(fail));
  const readDays = (segment: string, days: readonly number[]) =>
    Promise.all(days.map((day) => read(keys.prefix(segment) + keys.bucket(day))));

  /** Some entries of a registry; what is left of it then, if anything is. */
  async function readSome({ registry, cursor }: Scan): Promise<[KnownSegment[], Scan | undefined]> {
    const firstDay = utcDay(now()) - windowDays + 1;
    const found: KnownSegment[] = [];
    const [next, entries] = await redis.zscan(registry, cursor, 'COUNT', ENTRIES).catch(fail);
    for (let at = 0; at < entries.length; at += 2) {
      const segment = keys.registered(entries[at] as string);
      const lastDay = Number(entries[at + 1]);
      if (segment !== undefined && lastDay >= firstDay) found.push({ segment, lastDay });
    }
    return [found, next === '0' ? undefined : { registry, cursor: next }];
  }

  return {
    ...{ ofDays, ofMerged, ofWindows },

    async sketch(segment, today, days) {
      if (days < windowDays) return mergeRegisters(await readDays(segment, windowOf(today, days)));
      // The merge stays in Redis: the next one to ask, for this or for a count, reads one key.
      await merge(segment, today);
      const merged = await redis
        .getBuffer(keys.prefix(segment) + keys.window(today))
        .catch((error) => (isReply(error) ? null : fail(error)));
      // There is none of a segment that is not known, nor where Redis refuses to make it.
      return merged === null
        ? mergeRegisters(await readDays(segment, windowOf(today, days)))
        : decodeSketch(merged);
    },

    dailySketches: (segment, today) => readDays(segment, windowOf(today, windowDays)),

    async countKnown() {
      let count = 0;
      const registries = keys.registries();
      for (let from = 0; from < registries.length; from += REGISTRIES) {
        const some = registries.slice(from, from + REGISTRIES);
        const sizes = await Promise.all(some.map((registry) => redis.zcard(registry).catch(fail)));
        count += sizes.reduce((sum, size) => sum + size, 0);
      }
      return count;
    },

    async *known() {
      const scans: Scan[] = keys.registries().map((registry) => ({ registry, cursor: '0' }));
      while (scans.length > 0) {
        const read = await Promise.all(scans.splice(-REGISTRIES).map(readSome));
        scans.push(...read.flatMap(([, left]) => left ?? []));
        yield read.flatMap(([found]) => found);
      }
    },
  };
}

function fail(error: unknown): never {
  throw redisFailure(error);
}
