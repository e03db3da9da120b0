import { expect } from 'chai';
import fc from 'fast-check';
import { solvePositive } from '../../src/es/sketch/solve.js';

const entry = fc.double({ min: -2, max: 2, noNaN: true });

/** A lower triangle with a diagonal of at least 1, row by row, and a vector. */
const problem = fc.integer({ min: 1, max: 5 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    lower: fc.array(entry, { minLength: size * size, maxLength: size * size }),
    x: fc.array(entry, { minLength: size, maxLength: size }),
    damping: fc.constantFrom(0, 1e-6, 0.5, 10),
  }),
);

/** The product of a lower triangle and its transpose: symmetric, and positive definite. */
function square(size: number, entries: readonly number[]): number[] {
  const lower = (row: number, column: number) => {
    const value = entries[row * size + column] as number;
    if (row === column) return 1 + Math.abs(value);
    return row > column ? value : 0;
  };
  return Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    return entries
      .slice(0, size)
      .reduce((sum, _value, index) => sum + lower(row, index) * lower(column, index), 0);
  });
}

const multiply = (matrix: readonly number[], x: readonly number[]) =>
  x.map((_, row) =>
    x.reduce((sum, value, at) => sum + (matrix[row * x.length + at] ?? 0) * value, 0),
  );

describe('equations with a symmetric matrix', () => {
  it('are solved with the diagonal increased by its damped size', () => {
    fc.assert(
      fc.property(problem, ({ size, lower, x, damping }) => {
        const matrix = square(size, lower);
        const damped = matrix.map((value, at) =>
          at % (size + 1) === 0 ? value * (1 + damping) : value,
        );
        const right = Float64Array.from(multiply(damped, x));
        const before = right.slice();
        const solved = solvePositive(Float64Array.from(matrix), right, damping);
        // What is left over, not the error, which grows with the condition of the matrix.
        const back = multiply(damped, Array.from(solved ?? []));
        expect(back).to.have.length(size);
        for (const [index, value] of back.entries()) {
          expect(value).to.be.closeTo(right[index] as number, 1e-9);
        }
        expect(right).to.deep.equal(before);
      }),
    );
  });

  it('are solved by hand', () => {
    const solved = solvePositive(Float64Array.of(4, 2, 2, 3), Float64Array.of(8, 8), 0);
    expect(solved?.[0]).to.be.closeTo(1, 1e-12);
    expect(solved?.[1]).to.be.closeTo(2, 1e-12);
    expect(solvePositive(Float64Array.of(2), Float64Array.of(9), 0.5)?.[0]).to.be.closeTo(3, 1e-9);
    expect(solvePositive(Float64Array.of(-2), Float64Array.of(9), 1.5)?.[0]).to.be.closeTo(9, 1e-9);
    // A diagonal of 0 grows too, by 1e-12 times the damping.
    expect(solvePositive(Float64Array.of(0), Float64Array.of(1), 1e6)?.[0]).to.be.closeTo(1e6, 1);
  });

  for (const [what, matrix] of [
    ['negative', [-1]],
    ['0', [0]],
    ['not a number', [Number.NaN]],
    ['indefinite', [1, 2, 2, 1]],
    ['indefinite in its last row', [1, 0, 0, 0, 1, 1, 0, 1, 1]],
  ] as const) {
    it(`have no solution where the matrix is ${what}`, () => {
      const right = new Float64Array(Math.sqrt(matrix.length)).fill(1);
      expect(solvePositive(Float64Array.from(matrix), right, 0)).to.equal(undefined);
    });
  }
});
