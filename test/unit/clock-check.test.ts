import { expect } from 'chai';
import fc from 'fast-check';
import { createClockCheck } from '../../src/process/clock-check.js';
import { NotReady } from '../../src/process/probe.js';
import type { Logger } from '../../src/telemetry/logger.js';

describe('Clocks that differ', () => {
  it('are told of once from 2 s on, and not worked with from 2 minutes on', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -200_000, max: 200_000 })), (aheads) => {
        const lines: string[] = [];
        const note = (line: string) => lines.push(line);
        const logger = { warn: note, info: note } as unknown as Logger;
        const check = createClockCheck('Redis', 'days are those of Redis', logger);
        let differed = false;
        for (const ahead of aheads) {
          const before = lines.length;
          let refusal: unknown;
          try {
            check(ahead);
          } catch (error) {
            refusal = error;
          }
          expect(refusal instanceof NotReady).to.equal(Math.abs(ahead) >= 120_000);
          const differs = Math.abs(ahead) >= 2_000;
          expect(lines.length - before).to.equal(differs === differed ? 0 : 1);
          differed = differs;
        }
      }),
    );
  });
});
