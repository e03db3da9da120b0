import { firstDayOf, utcDay } from '../../../domain/utc-day.js';
import { primariesOf, type RedisClient } from '../client.js';
import type { Keys } from '../keys.js';
import { mergeInputOf } from '../read/merge-input.js';
import type { SegmentReader } from '../read/segment-reader.js';
import type { Sampling } from '../samples/sampling.js';
import type { Scripts } from '../scripts/scripts.js';
import type { Gate } from '../silent-primaries.js';
import { createAnnouncement } from './announcement.js';
import { type LastHour, lastHourOf } from './last-hour.js';
import { createTurns } from './turns.js';

export interface WarmingOptions {
  /** The share of the time of Redis that all ES together may use, of 100; with 0 nothing is merged. */
  percent: number;
  /** Called when a window of the next day was merged. */
  onWarmed?: () => void;
  /** Called with how long Redis was busy for it, in milliseconds. */
  onTurn?: (ms: number) => void;
}

export interface WarmerOptions extends WarmingOptions {
  redis: RedisClient;
  keys: Keys;
  scripts: Pick<Scripts, 'merge'>;
  gate: Gate;
  reader: Pick<SegmentReader, 'known' | 'countKnown'>;
  windowDays: number;
  sampling: Pick<Sampling, 'size' | 'firstDay'>;
  /** The clock, in milliseconds. */
  now: () => number;
}

/** Merges the windows of the next day before it begins, so that its first counts find them. */
export interface Warmer {
  /** To be called about every second, so that other ES know of this one. @throws the error of Redis */
  announce(): Promise<void>;
  /** Whether windows may be merged now. */
  isDue(): boolean;
  /**
   * If windows may be merged now, merges tomorrow's window of each known segment that was counted today, unless it is there.
   * Several ES do this at the same time, each in an order of its own.
   *
   * @throws the error of Redis, and an AbortError
   */
  round(signal: AbortSignal): Promise<void>;
}

/** How many segments are looked at in one turn: about 0.3 ms of Redis. */
const LOOKED_AT = 100;

/** How many windows of each primary are merged in one turn, one after the other; each takes up to 0.4 ms. */
const MERGED = 8;

/**
 * A window that is merged before ES of former versions add to it must not stay if one of them takes over: it would miss what
 * that stores. So such a window is merged only if nobody of them should be left, is gone before its day, and is confirmed
 * in the last minutes, when all versions add to it.
 */
export function createWarmer(options: WarmerOptions): Warmer {
  const { redis, keys, scripts, gate, reader, windowDays, now, percent, onTurn, onWarmed } =
    options;
  const announcement = createAnnouncement(redis, keys, reader.countKnown);
  const turns = createTurns(redis, keys.turn, percent, onTurn);

  const windowOn = (segment: string, day: number) => keys.prefix(segment) + keys.window(day);
  /** Sends a command for each segment. One that fails answers nothing: its segment is left out. */
  const each = (segments: readonly string[], ask: (segment: string) => Promise<number>) =>
    Promise.all(
      segments.map((segment) =>
        gate.pass(keys.prefix(segment), () => ask(segment)).catch(() => undefined),
      ),
    );

  /** @returns the segments that were counted today, and whose window of tomorrow is not there */
  async function findCold(segments: string[], { today, isLate }: LastHour): Promise<string[]> {
    const expiry = keys.windowExpiry(today + 1);
    const confirm = async (window: string) => {
      await redis.expireat(keys.sample(window), expiry, 'GT');
      return redis.expireat(window, expiry, 'GT');
    };
    const confirmed = isLate
      ? await each(segments, (one) => confirm(windowOn(one, today + 1)))
      : [];
    const others = segments.filter((_, index) => confirmed[index] !== 1);
    const there = await each(others, (one) =>
      redis.exists(windowOn(one, today), windowOn(one, today + 1)),
    );
    return others.filter((_, index) => there[index] === 1);
  }

  const merge = async (segment: string, { today, isLate, lapse }: LastHour) => {
    const input = mergeInputOf(options, segment, today + 1);
    const [count] = await scripts.merge(isLate ? input : { ...input, expiry: lapse });
    if (count > 0) onWarmed?.();
    return count;
  };

  /** The hour if windows may be merged now: early in it only if no ES of a former version should be left. */
  const hourNow = () => {
    const hour = percent === 0 ? undefined : lastHourOf(now());
    return hour?.isLate || (hour && announcement.isOld(hour.today)) ? hour : undefined;
  };
  const isStill = (hour: LastHour) => {
    const current = hourNow();
    return current?.today === hour.today && current.isLate === hour.isLate;
  };

  async function warm(segments: string[], hour: LastHour, signal: AbortSignal): Promise<void> {
    for (const some of slices(segments, LOOKED_AT)) {
      if (!isStill(hour)) return;
      const cold = await turns.take(() => findCold(some, hour), signal);
      const primaries = primariesOf(redis).length;
      for (const due of slices(cold, MERGED * primaries)) {
        const mergeDue = async () => {
          for (const atOnce of slices(due, primaries)) {
            if (isStill(hour)) await each(atOnce, (segment) => merge(segment, hour));
          }
        };
        await turns.take(mergeDue, signal);
      }
    }
  }

  return {
    announce: () => announcement.renew(utcDay(now())),
    isDue: () => hourNow() !== undefined,
    async round(signal) {
      const hour = hourNow();
      if (hour === undefined) return;
      const firstDay = firstDayOf(hour.today + 1, windowDays);
      for await (const part of reader.known()) {
        if (!isStill(hour)) return;
        const due = part.filter(({ lastDay }) => lastDay >= firstDay);
        await warm(shuffle(due.map(({ segment }) => segment)), hour, signal);
      }
    },
  };
}

function* slices<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/** Fisher and Yates (Knuth, The Art of Computer Programming, 3.4.2, algorithm P). */
function shuffle<T>(items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
