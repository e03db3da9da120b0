import { setTimeout as delay } from 'node:timers/promises';
import { waitingFor } from './waiting.js';

/**
 * Resolves once something holds that no event tells of; what gives up is the time limit of the test.
 *
 * @param what is said to be waited for then; the condition itself unless given
 */
export function until(
  holds: () => Promise<boolean>,
  what = holds.toString().replace(/\s+/g, ' '),
): Promise<void> {
  return waitingFor(what, look(holds));
}

async function look(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20);
}
