/** A square matrix, by rows. */
export type Matrix = number[][];

export function zeros(size: number): Matrix {
  return Array.from({ length: size }, () => new Array<number>(size).fill(0));
}

/** Adds to a vector some times another one. */
export function addTimes(vector: number[], weight: number, other: readonly number[]): void {
  for (const [at, value] of other.entries()) vector[at] = (vector[at] as number) + weight * value;
}

/** Adds the products of each two members of a vector. */
export function addSquare(matrix: Matrix, vector: readonly number[], weight: number): void {
  for (const [at, value] of vector.entries()) {
    addTimes(matrix[at] as number[], weight * value, vector);
  }
}

export function dot(vector: readonly number[], other: readonly number[]): number {
  return vector.reduce((sum, value, at) => sum + value * (other[at] as number), 0);
}

export function timesVector(matrix: Matrix, vector: readonly number[]): number[] {
  return matrix.map((row) => dot(row, vector));
}

/** By Gauss and Jordan, without a search for pivots: what is inverted here is positive definite. */
export function invert(matrix: Matrix): Matrix {
  const size = matrix.length;
  const rows = matrix.map((row, at) => [
    ...row,
    ...(zeros(size)[at] as number[]).fill(1, at, at + 1),
  ]);
  for (const [at, pivot] of rows.entries()) {
    const scale = pivot[at] as number;
    for (const [column, value] of pivot.entries()) pivot[column] = value / scale;
    for (const row of rows) if (row !== pivot) addTimes(row, -(row[at] as number), pivot);
  }
  return rows.map((row) => row.slice(size));
}
