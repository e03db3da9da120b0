import { availableParallelism, loadavg } from 'node:os';

/** No machine is taken for slower than this, so that what never ends is given up some day. */
const MAX_FACTOR = 10;

/**
 * A limit of time that grows with the load of this machine: with as many running processes as cores or fewer it is as given,
 * with twice as many it is twice as long, and so on. Asked when something begins to wait.
 *
 * @param ms the limit on a machine that does nothing else
 */
export function timeLimit(ms: number): number {
  const [lastMinute = 0] = loadavg();
  const factor = lastMinute / availableParallelism();
  return Math.round(ms * Math.min(Math.max(factor, 1), MAX_FACTOR));
}
