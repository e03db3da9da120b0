import pLimit from 'p-limit';
import { Failure } from '../../shared/failure.js';

/** Does one thing after another, some at once. */
export type Queue = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * @param atOnce how many are done at once
 * @param maxWaiting how many may wait; any more is a Failure `unavailable`
 */
export function createQueue(atOnce: number, maxWaiting: number): Queue {
  const limit = pLimit(atOnce);
  return async (work) => {
    if (limit.pendingCount >= maxWaiting) {
      throw new Failure(
        'unavailable',
        `overloaded: ${maxWaiting} such requests are waiting; try again`,
      );
    }
    return await limit(work);
  };
}
