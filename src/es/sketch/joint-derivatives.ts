import type { Likelihood } from './likelihood.js';
import type { SampleCell } from './sample-cells.js';
import { decompose, substitute } from './solve.js';

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
  const spreads = cells.map((cell) => spreadOf(rates, cell));
  const turned = spreads.map((spread) => times(inner.hessian, spread));
  const slopes = Float64Array.from(cells, ({ count, alpha }, index) => {
    const own = alpha - 1 + RIDGE * Math.log(alpha);
    return dot(spreads[index] as Float64Array, inner.gradient) + count * own;
  });
  const size = cells.length;
  const curvature = new Float64Array(size * size);
  for (const [one, { count, alpha }] of cells.entries()) {
    for (let other = 0; other < size; other += 1) {
      curvature[one * size + other] = dot(
        spreads[one] as Float64Array,
        turned[other] as Float64Array,
      );
    }
    const diagonal = one * (size + 1);
    const own = (slopes[one] as number) + count * (1 + RIDGE * (1 - Math.log(alpha)));
    curvature[diagonal] = (curvature[diagonal] as number) + own;
  }
  return { slopes, curvature, turned };
}

/** The derivatives of the joint likelihood by the rates, where it is the least by the alphas. */
export function derivativesOf(point: JointPoint): Pick<Likelihood, 'gradient' | 'hessian'> {
  const { rates, exposure, cells, inner } = point;
  const size = rates.length;
  // How the rates that registers have seen (rows) change with the rates (columns).
  const seen = seenByRates(point);
  const back = transposed(seen, size);
  const gradient = times(back, inner.gradient).map((by, region) => by - (exposure[region] ?? 0));
  const hessian = product(back, product(inner.hessian, seen, size), size);
  const { curvature, turned } = byAlphas(point);
  const lower = decompose(curvature, cells.length, 0);
  const mixed = cells.map((cell, index) => {
    const { regions, count, total, alpha } = cell;
    const mean = dot(spreadOf(rates, cell), inner.gradient) / (alpha * count);
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
  gradient[0] = 0;
  if (lower !== undefined) followAlphas(hessian, mixed, lower);
  return { gradient, hessian };
}

/** Where the rates change, the alphas of the least value change too. */
function followAlphas(hessian: Float64Array, mixed: Float64Array[], lower: Float64Array): void {
  const size = Math.sqrt(hessian.length);
  const columns = Array.from({ length: size }, (_, region) =>
    Float64Array.from(mixed, (byRates) => byRates[region] as number),
  );
  for (const [one, column] of columns.entries()) {
    const change = substitute(lower, column);
    for (let other = 1; other < size; other += 1) {
      const at = one * size + other;
      hessian[at] = (hessian[at] as number) - dot(columns[other] as Float64Array, change);
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
      const part = (rates[one] as number) / total;
      for (const other of regions) {
        const at = one * size + other;
        seen[at] = (seen[at] as number) - factor * part;
      }
    }
  }
  return seen;
}

/** The users of a cell in each region, as the registers' likelihood has them. */
function spreadOf(rates: Float64Array, cell: SharedCell): Float64Array {
  const { regions, count, alpha, total } = cell;
  const spread = new Float64Array(rates.length);
  for (const region of regions) {
    spread[region] = (alpha * count * (rates[region] as number)) / total;
  }
  return spread;
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
