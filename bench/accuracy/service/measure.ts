import { contradictionsOf } from '../../../scripts/testbed/contradictions.js';
import {
  type Family,
  membershipsOf,
  sizeOf,
  trialsOf,
} from '../../../scripts/testbed/families/family.js';
import {
  type Answer,
  expressionsOf,
  type Question,
  questionsOf,
  truthOf,
} from '../../../scripts/testbed/families/questions.js';
import { ask, askEach, storeAll } from './client.js';

/** Where a service is asked. */
export interface Service {
  /** USS, which stores. */
  front: string;
  /** ES, which estimates. */
  back: string;
}

/** How the answers to a question err; errors are parts of the truth, or where that is 0 of what it is a part of. */
export interface Accuracy {
  trials: number;
  rootMeanSquare: number;
  bias: number;
  /** The part of the intervals that hold the truth. */
  coverage: number;
  /** The part of the answers that say they are exact. */
  exact: number;
  /** The part of the answers that say so, and are not the truth. */
  wrong: number;
}

export interface FamilyAccuracy {
  questions: Accuracy[];
  /** The part of the overlaps that contradict themselves. */
  contradictory: number;
}

/** Stores a family, and asks all questions of each trial. @param userPrefix other than of every other family */
export async function measureFamily(
  { front, back }: Service,
  family: Family,
  userPrefix: string,
): Promise<FamilyAccuracy> {
  await storeAll(front, membershipsOf(family, userPrefix));
  const expressions = expressionsOf(family.sets);
  const answers = await askEach(trialsOf(family), async (segments): Promise<Answer> => {
    if (segments.length === 1) {
      const path = `/segment/${encodeURIComponent(segments[0] as string)}/estimate`;
      return { overlap: undefined, others: [await ask(back, path)] };
    }
    const named = (sets: readonly number[] = []) => sets.map((set) => segments[set]);
    const others: unknown[] = [];
    for (const { all, any, none } of expressions) {
      const body = { all: named(all), any: named(any), none: named(none) };
      others.push(await ask(back, '/estimate', body));
    }
    return { overlap: await ask(back, '/overlap', { segments }), others };
  });
  const overlaps = answers.flatMap(({ overlap }) => (overlap === undefined ? [] : [overlap]));
  return {
    questions: questionsOf(family).map((question) => accuracyOf(family, question, answers)),
    contradictory: share(overlaps, (overlap) => contradictionsOf(overlap).length > 0),
  };
}

function accuracyOf(family: Family, question: Question, answers: readonly Answer[]): Accuracy {
  const truth = truthOf(family, question);
  const whole = question.isWhole === undefined ? sizeOf(family, () => true) : 1;
  const found = answers.map((answer) => question.read(answer));
  const errors = found.map(({ value }) => (value - truth) / (truth || whole));
  return {
    trials: found.length,
    rootMeanSquare: Math.sqrt(mean(errors.map((error) => error * error))),
    bias: mean(errors),
    coverage: share(found, ({ low, high }) => low <= truth && truth <= high),
    exact: share(found, ({ isExact }) => isExact),
    wrong: share(
      found,
      ({ isExact, value, low, high }) => isExact && !(value === truth && low === high),
    ),
  };
}

function share<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  return items.length === 0 ? 0 : items.filter(holds).length / items.length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
