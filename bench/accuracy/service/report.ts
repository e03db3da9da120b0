import { type Family, isMember, sizeOf } from '../../../scripts/testbed/families/family.js';
import { type Question, truthOf } from '../../../scripts/testbed/families/questions.js';
import { SERVICE_HEADING } from '../document.js';
import { type Exactness, MOST_USERS, SMALL_SEGMENTS } from './exact.js';
import type { Accuracy, FamilyAccuracy } from './measure.js';

/** A family, and what is asked about it. */
export interface Asked {
  family: Family;
  questions: readonly Question[];
  /** The least error of each question, of estimates that know both HyperLogLog and sample. */
  bounds: readonly number[];
  /** The same of those that know no samples. */
  withoutSamples: readonly number[];
}

/** All that was measured of a service. */
export interface Measured {
  exactness: Exactness;
  /** Of each family, in their order. */
  accuracies: FamilyAccuracy[];
}

/** By the name of the service: the last one has samples. */
type AllMeasured = Record<string, Measured>;

/** The size of a sample by default. */
const SAMPLE_SIZE = 1_024;

/** Hashes in a sample of many users on average: it is cut to 84 % of what has room for when that is full. */
const MEAN_CODES = ((1 + 0.84) / 2) * (SAMPLE_SIZE - 2);

/** In the one of 14 samples with the lowest limit, there are nearly as few as it is cut to. */
const LEAST_CODES = 0.85 * (SAMPLE_SIZE - 2);

/** What of the intervals of 95 % must hold the truth. */
const LEAST_COVERAGE = 0.93;

/** What is wrong with what was measured of this project, in words. */
export function failuresOf(asked: readonly Asked[], measured: AllMeasured): string[] {
  const failures: string[] = [];
  for (const [name, { exactness, accuracies }] of Object.entries(measured)) {
    if (name === 'before') continue;
    for (const [where, { right, counts }] of Object.entries(exactness)) {
      if (name === 'with samples' && right < counts)
        failures.push(`${where}: ${right} of ${counts} are exact`);
    }
    for (const [index, accuracy] of accuracies.entries()) {
      const { family, questions } = asked[index] as Asked;
      for (const [at, { text }] of questions.entries()) {
        const { coverage, wrong, trials } = accuracy.questions[at] as Accuracy;
        const what = `${family.title}, ${text}, ${name}`;
        const chance = 3 * Math.sqrt((LEAST_COVERAGE * (1 - LEAST_COVERAGE)) / trials);
        if (coverage < LEAST_COVERAGE - chance)
          failures.push(`${what}: intervals hold ${percent(coverage)} %`);
        if (wrong > 0) failures.push(`${what}: ${percent(wrong)} % are not, and said to be exact`);
      }
      if (accuracy.contradictory > 0) {
        failures.push(
          `${family.title}, ${name}: ${percent(accuracy.contradictory)} % contradict themselves`,
        );
      }
    }
  }
  return failures;
}

/** The part of the document. */
export function toPart(asked: readonly Asked[], measured: AllMeasured, seed: number): string {
  const names = Object.keys(measured);
  const rows = asked.flatMap((one, at) => toFamilyRows(one, accuraciesOf(measured, at)));
  return `${SERVICE_HEADING}

Written by \`npm run accuracy-service\`, from seed ${seed}: all users go through \`POST /segments\` into Redis, and every number
is an answer of the services. Samples have ${SAMPLE_SIZE.toLocaleString('en')} users, as by default.${
    names.includes('before')
      ? ' What was before samples is measured beside them, from the same users.'
      : ''
  }

### Small segments

Of ${SMALL_SEGMENTS.toLocaleString('en')} segments of 1 to ${MOST_USERS.toLocaleString('en')} users, seen over 14 days, this part of the counts is the number itself, and
estimates say so: \`exact\` is true, the interval is that number, and the standard error 0.

${toExactTable(measured)}

### Two to six sets, and expressions

Of each question: the root mean square error, the bias, and how many of the intervals of 95 % hold the truth, all in
percent; errors are parts of the truth, or of all users where the truth is 0. \`exact\` stands where every answer was
exact and said so. The bound is that of Cramér and Rao, for what the HyperLogLogs tell, and for what both they and samples
tell: no unbiased estimate has a smaller error. It takes for known which parts of the sets are empty, which no estimate knows.
Trials of large sets share sets, so that what depends on whole sets varies by chance more than their number says.

${toTable(names, rows)}

This part of the overlaps of each row contradicts itself, as when a pair has more users in common than one of its sets has:

${toContradictions(asked, measured)}
`;
}

export function toExactTable(measured: AllMeasured): string {
  const names = Object.keys(measured);
  const places = Object.keys(Object.values(measured)[0]?.exactness ?? {});
  return table(
    ['asked', ...names.map((name) => `${name}, %`)],
    places.map((place) => [
      place,
      ...names.map((name) => {
        const { right, counts } = measured[name]?.exactness[place] ?? { right: 0, counts: 0 };
        return percent(right / counts);
      }),
    ]),
  );
}

/** What was measured of a family, of each service. */
function accuraciesOf(measured: AllMeasured, at: number): FamilyAccuracy[] {
  return Object.values(measured).map(({ accuracies }) => accuracies[at] as FamilyAccuracy);
}

/** The cells of the rows of one family. @param found of each service */
export function toFamilyRows(
  { family, questions, bounds, withoutSamples }: Asked,
  found: readonly FamilyAccuracy[],
): string[][] {
  return questions.map((question, index) => {
    const accuracies = found.map((accuracy) => accuracy.questions[index] as Accuracy);
    const bound = bounds[index] as number;
    const last = accuracies.at(-1) as Accuracy;
    return [
      index === 0 ? family.title : '',
      question.text,
      String(Number(truthOf(family, question).toPrecision(7))),
      ...accuracies.map(toCell),
      ...[withoutSamples[index] as number, bound].map((one) => (one > 0 ? percent(one) : '')),
      bound > 0 ? (last.rootMeanSquare / bound).toFixed(2) : '',
    ];
  });
}

export function toTable(names: readonly string[], rows: readonly string[][]): string {
  const figures = names.map((name) => `${name}: RMSE / bias / held`);
  return table(
    ['sets', 'asked', 'users', ...figures, 'bound without samples', 'bound', 'RMSE ÷ bound'],
    rows,
  );
}

function toContradictions(asked: readonly Asked[], measured: AllMeasured): string {
  const rows = asked.map(({ family }, at) => [
    family.title,
    ...accuraciesOf(measured, at).map(({ contradictory }) => percent(contradictory)),
  ]);
  const several = rows.filter((_, at) => (asked[at] as Asked).family.sets > 1);
  return table(['sets', ...Object.keys(measured).map((name) => `${name}, %`)], several);
}

function toCell({ rootMeanSquare, bias, coverage, exact }: Accuracy): string {
  if (exact === 1) return 'exact';
  return [rootMeanSquare, bias, coverage].map(percent).join(' / ');
}

/** The part of all hashes that the samples of the sets have. */
export function sharesOf(family: Family): number[] {
  return Array.from({ length: family.sets }, (_, set) => {
    const users = sizeOf(family, (region) => isMember(region, set));
    if (users <= SAMPLE_SIZE) return 1;
    return family.turnover ? LEAST_CODES / ((2 / 15) * users) : MEAN_CODES / users;
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const rule = head.map((name) => (name === 'sets' || name === 'asked' ? ':---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

function percent(part: number): string {
  const text = (part * 100).toFixed(1);
  return text === '-0.0' ? '0.0' : text;
}
