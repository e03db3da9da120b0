import type { Logger } from '../telemetry/logger.js';
import { NotReady } from './probe.js';

/** Clocks that differ by so much are told of, and by so much are not worked with: people and logs go by them too. */
const WARN_MS = 2_000;
const REFUSE_MS = 120_000;

/**
 * A check that this machine and another part agree on the time. The log is told once each time they begin to differ, and
 * when they agree again.
 *
 * @param whose the part, in words
 * @param decides what its clock decides, in words
 * @returns takes how much later it is there, in milliseconds; throws NotReady when they are two minutes apart
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
