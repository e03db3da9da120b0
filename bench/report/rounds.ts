/** The figures of one measurement, by name: `perSecond`, `p99`, … */
export type Measured = Record<string, number>;

/**
 * Measures alternatives in turn, round after round, so that what else the machine does meets all alike.
 *
 * @returns the median of each figure of each alternative
 */
export async function interleave(
  rounds: number,
  alternatives: Record<string, () => Promise<object>>,
): Promise<Record<string, Measured>> {
  const all: Record<string, Measured[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, measure] of Object.entries(alternatives)) {
      all[name] ??= [];
      all[name].push((await measure()) as Measured);
    }
  }
  return Object.fromEntries(
    Object.entries(all).map(([name, measured]) => [name, medians(measured)]),
  );
}

function medians(measured: readonly Measured[]): Measured {
  const figures = Object.keys(measured[0] ?? {});
  return Object.fromEntries(
    figures.map((figure) => [figure, median(measured.map((one) => one[figure] as number))]),
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] as number;
  return Number.isInteger(middle) ? ((sorted[middle - 1] as number) + upper) / 2 : upper;
}
