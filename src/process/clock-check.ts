import type { Logger } from '../telemetry/logger.js';
import { NotReady } from './probe.js';

/** Clocks that differ by so many milliseconds are warned of, and by so many refused, as people and logs rely on them too. */
const WARN_MS = 2_000;
const REFUSE_MS = 120_000;

/**
 * Checks that the clocks of this machine and of another part agree. It logs once when they begin to differ, and once when they
 * agree again.
 *
 * @param whose the other part, in words
 * @param decides what the other clock decides, in words
 * @returns takes how much the other clock is ahead, in milliseconds; throws NotReady when they are two minutes apart
 */
export function createClockCheck(whose: string, decides: string, logger: Logger) {
  let differed = false;
  return (aheadMs: number) => {
    const differs = Math.abs(aheadMs) >= WARN_MS;
    const seconds = Math.abs(aheadMs / 1_000).toFixed(1);
    const words = `the clock of ${whose} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} that of this machine`;
    if (differs && !differed) logger.warn(`${words}; ${decides}`);
    if (!differs && differed) logger.info(`the clocks of ${whose} and of this machine agree again`);
    differed = differs;
    if (Math.abs(aheadMs) >= REFUSE_MS) throw new NotReady(words);
  };
}
