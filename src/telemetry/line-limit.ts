/** The maximum of lines of one kind per second: a failure of one request is often a failure of thousands. */
const MAX_LINES = 10;

/**
 * Limits how many lines of one kind are logged.
 *
 * @param onLeftOut called with how many lines were left out in a second, before the next line
 * @returns a function that says whether one more line may be logged now
 */
export function createLineLimit(onLeftOut: (lines: number) => void): () => boolean {
  let second = 0;
  let written = 0;
  let left = 0;
  return () => {
    const now = Math.floor(performance.now() / 1_000);
    if (now !== second) {
      if (left > 0) onLeftOut(left);
      second = now;
      written = 0;
      left = 0;
    }
    written += 1;
    if (written > MAX_LINES) left += 1;
    return written <= MAX_LINES;
  };
}
