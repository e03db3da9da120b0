/** Most lines a second of one kind: what goes wrong for one often goes wrong for thousands. */
const MAX_LINES = 10;

/**
 * Bounds how many lines of a kind are logged.
 *
 * @param tellLeft told once of how many were left out, before the first line of another second
 * @returns whether one more line may be logged now
 */
export function createLineLimit(tellLeft: (lines: number) => void): () => boolean {
  let second = 0;
  let written = 0;
  let left = 0;
  return () => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) {
      if (left > 0) tellLeft(left);
      [second, written, left] = [now, 0, 0];
    }
    written += 1;
    if (written > MAX_LINES) left += 1;
    return written <= MAX_LINES;
  };
}
