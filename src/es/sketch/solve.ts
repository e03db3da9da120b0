/**
 * Solves A x = b for a symmetric matrix, by Cholesky's decomposition. First each number of the diagonal is increased by its
 * absolute value times the damping.
 *
 * @param matrix the matrix row by row
 * @returns undefined if the damped matrix is not positive definite
 */
export function solvePositive(
  matrix: Float64Array,
  right: Float64Array,
  damping: number,
): Float64Array | undefined {
  const lower = decompose(matrix, right.length, damping);
  return lower && substitute(lower, right);
}

/**
 * The lower triangle of Cholesky's decomposition, which `substitute` solves with; damped as by `solvePositive`.
 *
 * @returns undefined if the damped matrix is not positive definite
 */
export function decompose(
  matrix: Float64Array,
  size: number,
  damping: number,
): Float64Array | undefined {
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const own = matrix[row * size + column] as number;
      const rest = remainder(lower, size, row, column);
      if (row === column) {
        const pivot = own + damping * (Math.abs(own) + 1e-12) - rest;
        if (!(pivot > 0)) return undefined;
        lower[row * size + row] = Math.sqrt(pivot);
      } else {
        lower[row * size + column] = (own - rest) / (lower[column * size + column] as number);
      }
    }
  }
  return lower;
}

function remainder(lower: Float64Array, size: number, row: number, column: number): number {
  let sum = 0;
  for (let index = 0; index < column; index += 1) {
    sum += (lower[row * size + index] as number) * (lower[column * size + index] as number);
  }
  return sum;
}

/** Solves L L' x = b with the result of `decompose`. */
export function substitute(lower: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const x = forward(lower, right);
  for (let row = size - 1; row >= 0; row -= 1) {
    let value = x[row] as number;
    for (let index = row + 1; index < size; index += 1) {
      value -= (lower[index * size + row] as number) * (x[index] as number);
    }
    x[row] = value / (lower[row * size + row] as number);
  }
  return x;
}

/** Solves L y = b with the result of `decompose`. */
export function forward(lower: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const y = right.slice();
  for (let row = 0; row < size; row += 1) {
    let value = y[row] as number;
    for (let index = 0; index < row; index += 1) {
      value -= (lower[row * size + index] as number) * (y[index] as number);
    }
    y[row] = value / (lower[row * size + row] as number);
  }
  return y;
}
