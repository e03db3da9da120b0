import type { Counted } from '../../domain/count.js';
import { exactSample, isExact, mergeSamples, NO_SAMPLE, type Sample } from '../sketch/sample.js';
import type { DayCount } from './day-counts.js';

/**
 * The counts of days, and of all days up to each, exact where samples have all users.
 *
 * @param estimates the counts of HyperLogLogs, oldest first
 * @param samples of the same days; none to take the estimates
 * @param mostUsers the largest exact count. Samples of days may make larger ones exact, but plain counts of many days do not,
 *   and all answers agree
 */
export function exactCounts(
  estimates: readonly DayCount[],
  samples: readonly Sample[],
  mostUsers: number,
): { day: Counted; upToDay: Counted }[] {
  let union = exactSample([]);
  return estimates.map(({ day, upToDay }, index) => {
    const sample = samples[index] ?? NO_SAMPLE;
    union = mergeSamples([union, sample]);
    if ((union.hashes?.length ?? 0) > mostUsers) union = NO_SAMPLE;
    return { day: countedBy(sample, day), upToDay: countedBy(union, upToDay) };
  });
}

function countedBy(sample: Sample, estimate: number): Counted {
  return isExact(sample) && sample.hashes !== undefined && estimate > 0
    ? { users: sample.hashes.length, exact: true }
    : { users: estimate, exact: estimate === 0 };
}
