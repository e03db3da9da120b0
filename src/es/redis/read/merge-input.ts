import { windowOf } from '../../../domain/utc-day.js';
import type { Keys } from '../keys.js';
import { mostCounted } from '../samples/plausible.js';
import type { Sampling } from '../samples/sampling.js';
import type { MergeInput } from '../scripts/merge-script.js';

export interface MergeContext {
  keys: Keys;
  windowDays: number;
  sampling: Pick<Sampling, 'size' | 'firstDay'>;
}

/** How to merge the window of a segment that ends on a day. */
export function mergeInputOf(
  { keys, windowDays, sampling }: MergeContext,
  segment: string,
  today: number,
): MergeInput {
  const prefix = keys.prefix(segment);
  const days = windowOf(today, windowDays);
  return {
    window: prefix + keys.window(today),
    buckets: days.map((day) => prefix + keys.bucket(day)),
    expiry: keys.windowExpiry(today),
    sampleSize: today >= sampling.firstDay ? sampling.size : 0,
    mostCounted: mostCounted(sampling.size),
    notSampled: days.filter((day) => day < sampling.firstDay).length,
  };
}
