import {
  mergeRegisters,
  REGISTER_COUNT,
  type Registers,
} from '../../../src/es/sketch/registers.js';
import { drawRegisters } from '../draw-registers.js';
import { createRandomBits } from '../random-bits.js';
import { type Family, isMember, sizeOf } from './family.js';
import { addSquare, addTimes, dot, invert, type Matrix, timesVector, zeros } from './matrix.js';
import { type Question, truthOf } from './questions.js';

/** Draws of all registers, over which the information is averaged. */
const DRAWS = 4;

/**
 * The least root mean square error that any unbiased estimate can have (Cramér and Rao), relative to the truth, of each
 * question. It knows the sets that the question names, and which regions are empty.
 *
 * @param shares the share of all hashes that the sample of each set has; 0 without samples, 1 if all are exact
 */
export function boundsOf(
  family: Family,
  questions: readonly Question[],
  shares: readonly number[],
): number[] {
  const bounds = new Map<Question, number>();
  for (const named of new Set(questions.map((question) => question.named))) {
    const some = questions.filter((question) => question.named === named);
    const found = boundsOfNamed(onlyNamed(family, named), some, shares);
    for (const [at, question] of some.entries()) bounds.set(question, found[at] as number);
  }
  return questions.map((question) => bounds.get(question) as number);
}

/** A family as those see it who know some of its sets. */
function onlyNamed(family: Family, named: number): Family {
  const regions = new Map<number, number>();
  for (const [region, size] of family.regions) {
    const seen = region & named;
    if (seen > 0) regions.set(seen, (regions.get(seen) ?? 0) + size);
  }
  return { ...family, regions };
}

function boundsOfNamed(
  family: Family,
  questions: readonly Question[],
  shares: readonly number[],
): number[] {
  if (shares.every((share) => share === 1)) return questions.map(() => 0);
  const regions = [...family.regions.keys()].filter((region) => family.regions.get(region));
  const rates = regions.map((region) => family.regions.get(region) as number);
  const samples = zeros(regions.length);
  addSamples(samples, { family, regions, rates, shares });
  const information = ofNumbers(informationOfRegisters(family, regions, rates), rates);
  for (const [at, row] of ofNumbers(samples, rates).entries()) {
    addTimes(information[at] as number[], 1, row);
  }
  const covariance = invert(information);
  return questions.map((question) => {
    const truth = truthOf(family, question);
    if (truth === 0) return Number.NaN;
    const { isMeant, isWhole } = question;
    const whole = isWhole ? sizeOf(family, isWhole) : 1;
    const gradient = regions.map(
      (region) => (Number(isMeant(region)) - (isWhole?.(region) ? truth : 0)) / whole,
    );
    return Math.sqrt(Math.max(0, dot(gradient, timesVector(covariance, gradient)))) / truth;
  });
}

/**
 * The information about the numbers of users, of that about the rates at which they come. An estimate of a rate, if it is as
 * good as can be, is the number, which is Poisson distributed, and an independent error: (I⁻¹ − Λ)⁻¹, here without I⁻¹, as
 * samples do not tell all regions apart. Sources with independent errors are added only after that: the number is the same.
 */
function ofNumbers(information: Matrix, rates: readonly number[]): Matrix {
  const rest = information.map((row, at) =>
    row.map((value, column) => Number(at === column) - (rates[at] as number) * value),
  );
  const inverse = invert(rest);
  return information.map((row) =>
    row.map((_, column) =>
      dot(
        row,
        inverse.map((other) => other[column] as number),
      ),
    ),
  );
}

/** The Fisher information of the registers of all sets, by simulation: the mean of the squared derivatives. */
function informationOfRegisters(
  { sets }: Family,
  regions: readonly number[],
  rates: readonly number[],
): Matrix {
  const random = createRandomBits(1);
  const perRegister = rates.map((rate) => rate / REGISTER_COUNT);
  const information = zeros(regions.length);
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const drawn = rates.map((rate) => drawRegisters(random, rate));
    const ofSets = Array.from({ length: sets }, (_, set) =>
      mergeRegisters(drawn.filter((_, at) => isMember(regions[at] as number, set))),
    );
    for (let index = 0; index < REGISTER_COUNT; index += 1) {
      const score = scoreOf(
        ofSets.map((registers: Registers) => registers[index] as number),
        regions,
        perRegister,
      );
      addSquare(information, score, 1 / (DRAWS * REGISTER_COUNT));
    }
  }
  // The derivative by the rate of all registers is that by the rate of one, divided by their number.
  return information.map((row) => row.map((value) => value / REGISTER_COUNT));
}

/**
 * The derivatives of the logarithm of the probability of the values of one register, by the rates of the regions. The
 * probability of values up to some is exp(-Σ rate · 2^-least), where least is that of the sets of a region; that of just
 * these values is the sum over all corners of a cube of side 1, with changing signs.
 */
function scoreOf(
  values: readonly number[],
  regions: readonly number[],
  rates: readonly number[],
): number[] {
  const slopes = new Array<number>(regions.length).fill(0);
  let probability = 0;
  for (let corner = 0; corner < 2 ** values.length; corner += 1) {
    const at = values.map((value, set) => value - ((corner >> set) & 1));
    if (at.some((value) => value < 0)) continue;
    const beyond = regions.map((region) => 2 ** -leastOf(at, region));
    const exponent = dot(beyond, rates);
    const term = (oddBits(corner) ? -1 : 1) * Math.exp(-exponent);
    probability += term;
    addTimes(slopes, -term, beyond);
  }
  return slopes.map((slope) => slope / probability);
}

function leastOf(values: readonly number[], region: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [set, value] of values.entries())
    if (isMember(region, set)) least = Math.min(least, value);
  return least;
}

function oddBits(bits: number): boolean {
  let odd = false;
  for (let left = bits; left > 0; left &= left - 1) odd = !odd;
  return odd;
}

interface Sampled {
  family: Family;
  regions: readonly number[];
  rates: readonly number[];
  shares: readonly number[];
}

/**
 * Adds the Fisher information of samples. Of hashes between two limits that follow each other only the sets with a higher limit
 * tell: regions that look alike in these have one number in common, which is Poisson distributed.
 */
function addSamples(information: Matrix, { family, regions, rates, shares }: Sampled): void {
  const { sets } = family;
  const limits = [...new Set(shares)].sort((one, other) => one - other);
  let from = 0;
  for (const to of limits) {
    const cells = new Map<number, number[]>();
    for (const [index, region] of regions.entries()) {
      let seen = 0;
      for (let set = 0; set < sets; set += 1) {
        if (isMember(region, set) && (shares[set] as number) >= to) seen |= 1 << set;
      }
      if (seen > 0) cells.set(seen, [...(cells.get(seen) ?? []), index]);
    }
    for (const alike of cells.values()) {
      const rate = alike.reduce((total, index) => total + (rates[index] as number), 0);
      const indicator = regions.map((_, index) => Number(alike.includes(index)));
      addSquare(information, indicator, (to - from) / rate);
    }
    from = to;
  }
}
