import { setTimeout as delay } from 'node:timers/promises';

/** Resolves once something holds that no event tells of; what gives up is the time limit of the test. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20);
}
