import type { Logger } from '../telemetry/logger.js';
import { NotReady } from './probe.js';

/**
 * If clocks differ by `WARN_MS`, a warning is logged; by `REFUSE_MS`, the other part is refused, because people and logs
 * rely on clocks too. In milliseconds.
 */
const WARN_MS = 2_000;
const REFUSE_MS = 120_000;

/**
 * Checks that the clocks of this machine and of another part agree. It logs once when they start to differ, and once when
 * they agree again.
 *
 * @param whose the name of the other part, for messages
 * @param decides what the other clock decides, for messages
 * @returns a function that takes how far the other clock is ahead, in milliseconds, and throws NotReady if the clocks are
 *   two minutes apart
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
