import { setTimeout as delay } from 'node:timers/promises';
import type { AttackedEs } from './service.js';

/** How long it has to have had little to do; no event tells of work that has ended. */
const WINDOW_MS = 250;

/** Resolves once a service has nothing more to do than to tell so. */
export async function untilIdle(es: AttackedEs): Promise<void> {
  for (let busy = true; busy; ) {
    const [start, before] = [performance.now(), await es.cpu()];
    await delay(WINDOW_MS);
    const seconds = (await es.cpu()) - before;
    busy = seconds > (performance.now() - start) / 1_000 / 5;
  }
}
