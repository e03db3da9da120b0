import { writeFileSync } from 'node:fs';
import { choose, type FaultKind } from './fault.js';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

const OFF_MS = [
  SECOND_MS,
  30 * SECOND_MS,
  150 * SECOND_MS,
  600 * SECOND_MS,
  DAY_MS,
  20 * DAY_MS,
  -SECOND_MS,
  -30 * SECOND_MS,
  -150 * SECOND_MS,
  -600 * SECOND_MS,
  -DAY_MS,
  -20 * DAY_MS,
];

/** One ES takes it for another time than it is. */
export const CLOCK_FAULTS: readonly FaultKind[] = [
  ({ deployment: { clockFile }, random }) => {
    const offMs = choose(random, OFF_MS) ?? 0;
    return {
      name: 'clock off',
      where: `es2 by ${offMs / SECOND_MS} s`,
      begin: () => writeFileSync(clockFile, String(offMs)),
      end: () => writeFileSync(clockFile, '0'),
    };
  },
];
