/** Below this, in milliseconds of CPU, a time says nothing of how it grows. */
const LEAST_MS = 20;

/**
 * How much more CPU something takes for an input that is four times as long: 4 where it is linear, 16 where it is
 * quadratic; 1 where even the long one takes next to none.
 *
 * @param run takes an input of a length
 * @param length of the short input
 */
export function growth(run: (length: number) => void, length: number): number {
  run(length);
  const long = leastCpu(() => run(4 * length));
  if (long < LEAST_MS) return 1;
  // As often as takes as long where it is linear: of a short time much is what the engine does beside.
  const short = leastCpu(() => {
    for (let times = 0; times < 4; times += 1) run(length);
  });
  return (4 * long) / short;
}

/** The least CPU of five tries, in milliseconds; others on the machine may make it more, never less. */
function leastCpu(run: () => void): number {
  const tries = Array.from({ length: 5 }, () => {
    const start = process.cpuUsage();
    run();
    return process.cpuUsage(start).user / 1_000;
  });
  return Math.max(0.01, Math.min(...tries));
}
