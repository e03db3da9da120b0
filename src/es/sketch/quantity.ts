/** A quantity that follows from the number of users in each region. */
export interface Quantity {
  of(rates: Float64Array): QuantityValue;
  /** The pull (see `profileInterval`) that counts as much as one more user. */
  unit(rates: Float64Array): number;
  /** The pull from which on the likelihood has no maximum; infinite if there is none. */
  mostPull(exposure: Float64Array): number;
  /** No limit is above this. */
  most(rates: Float64Array): number;
  /** Smaller differences do not matter. */
  resolution: number;
}

interface QuantityValue {
  value: number;
  /** The derivatives by the rate of each region. */
  gradient: Float64Array;
  /** The second derivatives, row by row; undefined if they are 0. */
  hessian?: Float64Array;
}

/** The users of some regions together. */
export function usersOf(regions: readonly number[], size: number): Quantity {
  const gradient = new Float64Array(size);
  for (const region of regions) gradient[region] = 1;
  return {
    of: (rates) => ({
      value: regions.reduce((sum, region) => sum + (rates[region] as number), 0),
      gradient,
    }),
    unit: () => 1,
    mostPull: (exposure) => Math.min(...regions.map((region) => exposure[region] as number)),
    most: (rates) => 4 * sumOf(rates) + 100,
    resolution: 0.1,
  };
}

/** The part of the users of two sets that is in both. */
export const JACCARD: Quantity = {
  of: (rates) => {
    const union = sumOf(rates);
    const value = union === 0 ? 0 : (rates[3] as number) / union;
    const gradient = Float64Array.from(rates, (_, region) =>
      region === 0 || union === 0 ? 0 : (Number(region === 3) - value) / union,
    );
    const hessian = new Float64Array(16).map((_, at) => {
      const [one, other] = [at >> 2, at & 3];
      if (one === 0 || other === 0 || union === 0) return 0;
      return -((gradient[one] as number) + (gradient[other] as number)) / union;
    });
    return { value, gradient, hessian };
  },
  unit: sumOf,
  mostPull: () => Number.POSITIVE_INFINITY,
  most: () => 1,
  resolution: 1e-6,
};

function sumOf(rates: Float64Array): number {
  return rates.reduce((sum, rate) => sum + rate, 0);
}
