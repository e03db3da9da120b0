import type { Likelihood } from './likelihood.js';
import type { SampleCell } from './sample-cells.js';
import { decompose, forward } from './solve.js';

/** A cell of samples at some rates. */
export interface SharedCell extends SampleCell {
  /** The sum of the rates of its regions, and its lookalikes. */
  total: number;
  /** See `jointLikelihoodOf`. */
  alpha: number;
}

/** The likelihood of the registers at the rates that they have seen, which follow from `rates` and the cells. */
export interface JointPoint {
  rates: Float64Array;
  exposure: Float64Array;
  cells: SharedCell[];
  inner: Likelihood;
}

/**
 * Keeps alphas near 1 where they make no difference: where registers show each user, the likelihood is the same for all of
 * them. For a cell of c users this adds half of it times c times the square of the logarithm.
 */
export const RIDGE = 1e-3;

/** The derivatives of the joint likelihood by the logarithms of the alphas. */
export function byAlphas({ rates, cells, inner }: JointPoint) {
  const size = cells.length;
  const spreads = cells.map((cell) => spreadOf(rates, cell));
  const turned = spreads.map((spread) => turn(spread, inner.hessian, rates.length));
  const slopes = new Float64Array(size);
  const curvature = new Float64Array(size * size);
  for (const [one, { count, alpha }] of cells.entries()) {
    const spread = spreads[one] as Spread;
    slopes[one] = dotSpread(spread, inner.gradient) + count * (alpha - 1 + RIDGE * Math.log(alpha));
    for (let other = 0; other < size; other += 1) {
      curvature[one * size + other] = dotSpread(spread, turned[other] as Float64Array);
    }
    const own = (slopes[one] as number) + count * (1 + RIDGE * (1 - Math.log(alpha)));
    const diagonal = one * (size + 1);
    curvature[diagonal] = (curvature[diagonal] as number) + own;
  }
  return { slopes, curvature, turned };
}

/** A point near the least by the alphas, whose logarithms are still to be lowered by `change`. */
export interface LeastPoint {
  point: JointPoint;
  derivatives: ReturnType<typeof byAlphas>;
  change: Float64Array;
}

/** The derivatives of the joint likelihood by the rates, where it is the least by the alphas. */
export function derivativesOf(least: LeastPoint): Pick<Likelihood, 'gradient' | 'hessian'> {
  const { point, change } = least;
  const { curvature, turned } = least.derivatives;
  const { rates, exposure, cells, inner } = point;
  const size = rates.length;
  // How the rates that registers have seen (columns) change with the rates (rows).
  const back = seenByRates(point);
  const gradient = times(back, inner.gradient).map((by, region) => by - (exposure[region] ?? 0));
  const hessian = product(back, transposed(product(back, inner.hessian, size), size), size);
  const lower = decompose(curvature, cells.length, 0);
  const mixed = cells.map((cell, index) => {
    const { regions, count, total, alpha } = cell;
    const mean = dotSpread(spreadOf(rates, cell), inner.gradient) / (alpha * count);
    const byRates = times(back, turned[index] as Float64Array);
    for (const one of regions) {
      const slope = inner.gradient[one] as number;
      gradient[one] = (gradient[one] as number) + count / total;
      byRates[one] = (byRates[one] as number) + ((alpha * count) / total) * (slope - mean);
      for (const other of regions) {
        const bend = alpha * (2 * mean - slope - (inner.gradient[other] as number)) - 1;
        const at = one * size + other;
        hessian[at] = (hessian[at] as number) + (count / total ** 2) * bend;
      }
    }
    return byRates;
  });
  for (const [index, byRates] of mixed.entries()) {
    const by = change[index] as number;
    for (let region = 1; region < size; region += 1) {
      gradient[region] = (gradient[region] as number) - by * (byRates[region] as number);
    }
  }
  gradient[0] = 0;
  if (lower !== undefined) followAlphas(hessian, mixed, lower);
  return { gradient, hessian };
}

/** Where the rates change, the alphas of the least value change too. */
function followAlphas(hessian: Float64Array, mixed: Float64Array[], lower: Float64Array): void {
  const size = Math.sqrt(hessian.length);
  // With half of the solution, L y = x, the product x' (L L')^-1 x is y' y.
  const halves = Array.from({ length: size }, (_, region) =>
    forward(
      lower,
      Float64Array.from(mixed, (byRates) => byRates[region] as number),
    ),
  );
  for (const [one, half] of halves.entries()) {
    for (let other = 1; other < size; other += 1) {
      const at = one * size + other;
      hessian[at] = (hessian[at] as number) - dot(halves[other] as Float64Array, half);
    }
  }
}

function seenByRates({ rates, exposure, cells }: JointPoint): Float64Array {
  const size = rates.length;
  const seen = new Float64Array(size * size);
  for (let region = 1; region < size; region += 1) {
    seen[region * (size + 1)] = 1 - (exposure[region] as number);
  }
  for (const { regions, count, alpha, total } of cells) {
    const factor = (count * alpha) / total;
    for (const one of regions) {
      seen[one * (size + 1)] = (seen[one * (size + 1)] as number) + factor;
      for (const other of regions) {
        const at = one * size + other;
        seen[at] = (seen[at] as number) - (factor * (rates[other] as number)) / total;
      }
    }
  }
  return seen;
}

/** The users of a cell in each of its regions, as the registers' likelihood has them. */
interface Spread {
  regions: readonly number[];
  users: Float64Array;
}

function spreadOf(rates: Float64Array, { regions, count, alpha, total }: SharedCell): Spread {
  const users = Float64Array.from(regions, (region) => {
    return (alpha * count * (rates[region] as number)) / total;
  });
  return { regions, users };
}

function dotSpread({ regions, users }: Spread, vector: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < regions.length; index += 1) {
    sum += (users[index] as number) * (vector[regions[index] as number] as number);
  }
  return sum;
}

/** The product of a symmetric matrix and a spread. */
function turn({ regions, users }: Spread, matrix: Float64Array, size: number): Float64Array {
  const turned = new Float64Array(size);
  for (const [index, region] of regions.entries()) {
    const factor = users[index] as number;
    for (let at = 0; at < size; at += 1) {
      turned[at] = (turned[at] as number) + factor * (matrix[region * size + at] as number);
    }
  }
  return turned;
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index += 1) {
    sum += (one[index] as number) * (other[index] as number);
  }
  return sum;
}

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, row) => dot(matrix.subarray(row * size, (row + 1) * size), vector));
}

/** The product of matrices, of which the first one has many zeros. */
function product(one: Float64Array, other: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let middle = 0; middle < size; middle += 1) {
      const factor = one[row * size + middle] as number;
      if (factor === 0) continue;
      for (let column = 0; column < size; column += 1) {
        const at = row * size + column;
        result[at] = (result[at] as number) + factor * (other[middle * size + column] as number);
      }
    }
  }
  return result;
}

function transposed(matrix: Float64Array, size: number): Float64Array {
  return matrix.map(
    (_, index) => matrix[(index % size) * size + Math.floor(index / size)] as number,
  );
}
