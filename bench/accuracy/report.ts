import type { CountAccuracy } from './counts.js';
import type { OverlapAccuracy } from './overlaps.js';
import { type MeasuredFamily, severalPart } from './several-report.js';
import { cells, percent, toTable, whole } from './table.js';

const COUNT_HEAD = [
  'users',
  'bias, %',
  'RMSE, %',
  'stated standard error, %',
  'median error, %',
  'intervals that hold it, %',
  'median width, users',
  'width, %',
];
const OVERLAP_HEAD = [
  'larger set',
  'overlap, % of the smaller',
  'median error, %',
  'inclusion–exclusion, %',
  '÷',
  'intervals that hold it, %',
  'median width, users',
  'called reliable, %',
];

/** What was measured. */
export interface Measured {
  counts: readonly CountAccuracy[];
  overlaps: readonly OverlapAccuracy[];
  several: readonly MeasuredFamily[];
  seed: number;
}

/** The document with all tables. */
export function toDocument({ counts, overlaps, several, seed }: Measured): string {
  const trials = counts[0]?.trials;
  const smaller = overlaps[0]?.smaller ?? 0;
  return `# Accuracy

Written by \`npm run accuracy\`, from seed ${seed}: with the same seed it writes the same. Each row is of
${trials} trials, so 95 % of intervals are ${coverageRange(trials ?? 0)} here, give or take chance.

Registers are drawn from their distribution, instead of adding each user: how many users meet in a register
is multinomial, by tosses of a fair coin for each, and its value is the largest of as many geometric numbers.
For a given number of users that is exact as far as hashes are random bits; a test compares it with PFADD. The smallest hashes of samples are drawn
one after the other, each by the distribution of the next larger one.

![Errors of counts and overlaps](accuracy.svg)

## Counts

The interval is of 95 %, in whole users. Few users leave a sketch as good as exact, which the interval says:
it is of one number, or of two or three, and then holds the truth more often than 95 %, as nothing is in between.

${toTable(COUNT_HEAD, counts.map(toCountRow))}

## Overlaps

Of ${whole(smaller)} users and a larger set. Errors are the median of absolute ones, in % of the overlap; where
that is 0, in % of the smaller set. Inclusion–exclusion takes the count of the union from the sum of both.
An estimate is called reliable when its interval reaches 20 % to each side, or less. An estimate is never
below 0, so without an overlap, or with one far below the error, the usual one is 0 and 100 % off.

${toTable(OVERLAP_HEAD, overlaps.map(toOverlapRow))}

${severalPart(several)}`;
}

/** The cells of a row of the table of counts. */
export function toCountRow(accuracy: CountAccuracy): string {
  const { users, bias, rootMeanSquare, standardError, medianError } = accuracy;
  return cells([
    whole(users),
    ...[bias, rootMeanSquare, standardError, medianError].map((part) => percent(part, 3)),
    percent(accuracy.coverage, 1),
    whole(accuracy.medianWidth),
    percent(accuracy.medianWidth / users, 2),
  ]);
}

/** The cells of a row of the table of overlaps. */
export function toOverlapRow(accuracy: OverlapAccuracy): string {
  const { smaller, larger, both, medianError, inclusionExclusionError } = accuracy;
  const ratio = inclusionExclusionError / medianError;
  return cells([
    whole(larger),
    percent(both / smaller, both > 0 && both < smaller / 100 ? 1 : 0),
    percent(medianError, 2),
    percent(inclusionExclusionError, 2),
    Number.isFinite(ratio) ? ratio.toFixed(1) : '',
    percent(accuracy.coverage, 1),
    whole(accuracy.medianWidth),
    percent(accuracy.reliable, 0),
  ]);
}

/** Three standard errors around 95 %. */
function coverageRange(trials: number): string {
  const margin = 3 * Math.sqrt((0.95 * 0.05) / trials);
  return `${percent(0.95 - margin, 1)} to ${percent(0.95 + margin, 1)} %`;
}
