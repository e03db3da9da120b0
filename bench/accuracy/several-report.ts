import type { Family } from './families.js';
import type { SeveralAccuracy } from './several.js';
import { cells, percent, toTable, whole } from './table.js';

/** How many users a sample has at most: none, as many as by default, and more. */
export const SAMPLE_SIZES = [0, 1_024, 4_096];

/** What was measured of a family, for each of `SAMPLE_SIZES`. */
export interface MeasuredFamily {
  family: Family;
  trials: number;
  accuracies: readonly (readonly SeveralAccuracy[])[];
}

const HEAD = [
  'sets',
  'question',
  'truth',
  ...SAMPLE_SIZES.flatMap((size) => [
    size === 0 ? 'no sample: RMSE, %' : `${whole(size)}: RMSE, %`,
    'bias, %',
    '÷ bound',
    'hold it, %',
  ]),
];

/** The part of the document about several sets. */
export function severalPart(several: readonly MeasuredFamily[]): string {
  const trials = several.map((measured) => measured.trials);
  return `## Several sets, and samples

Of the HyperLogLogs alone, and with samples of ${SAMPLE_SIZES.slice(1).map(whole).join(' and ')} users at most (bottom-k; ES thins its samples to a
little fewer). Each row is of ${whole(Math.min(...trials))} to ${whole(Math.max(...trials))} trials, fewer for more sets. Errors are in % of the truth, or
users where that is 0. The bound is the least RMSE of an unbiased estimate that knows which regions are empty (Cramér and
Rao), by simulation. It has no number where the truth is 0 or nothing is uncertain. Estimates that cannot be negative may be
below the bound, and they are biased: where sets share only users who are in all of them, all that is fitted for users in
just two of them is above 0 or 0, so the users of a pair are estimated too high by a part of their standard error, without
samples by 3 to 14 % of the users in these rows.

Each estimate agrees with the counts of the sets that are reported of each alone, which are those of PFCOUNT unless they are
exact, although large samples would give better ones. That costs most where counts say what sets cannot be: where two
halves make up a set, their counts do not add up to its count, and the difference must be somewhere.
Unions of five and six sets without samples are some 0.3 % too low, as what is fitted for users in some of the sets is
above 0 or 0; their intervals are those of the merged sketches.

${toTable(HEAD, several.flatMap(toSeveralRows))}
`;
}

/** The rows of a family: one for each question. */
export function toSeveralRows({ family, accuracies }: MeasuredFamily): string[] {
  return family.questions.map(({ name }, index) => {
    const truth = accuracies[0]?.[index]?.truth ?? 0;
    const columns = accuracies.flatMap((bySize) => accuracyCells(bySize[index] as SeveralAccuracy));
    return cells([
      index === 0 ? family.title : '',
      name,
      truth < 1 ? truth.toPrecision(3) : whole(truth),
      ...columns,
    ]);
  });
}

function accuracyCells({ truth, rootMeanSquare, bias, bound, coverage }: SeveralAccuracy) {
  const digits = rootMeanSquare < 0.1 ? 2 : 1;
  const number = (value: number) => (truth === 0 ? value.toFixed(1) : percent(value, digits));
  const ratio =
    rootMeanSquare > 0 && Number.isFinite(bound) ? (rootMeanSquare / bound).toFixed(2) : '';
  return [number(rootMeanSquare), number(bias), ratio, percent(coverage, 1)];
}
