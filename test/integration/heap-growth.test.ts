import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);

/** The heap of each run has room for what the objects of one scavenge keep, as in the images. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=64'];

const PREPARED = '../../dist/process/heap-growth.js';

describe('the heap of a service', () => {
  /**
   * How often all of the heap is collected while a process that was idle takes 590 MB of buffers.
   *
   * @param prepared the module that prepares its heap
   */
  async function collections(prepared?: string, flags: readonly string[] = []): Promise<number> {
    const program = ['test/support/churn.mjs', ...(prepared === undefined ? [] : [prepared])];
    const { stdout } = await run(process.execPath, [...FLAGS, ...flags, ...program]);
    return Number(/^\d+/.exec(stdout)?.[0]);
  }

  it('is not collected as a whole by what a process reads after it was idle', async () => {
    expect(await collections(PREPARED)).to.equal(0);
    // Otherwise the line above would tell nothing.
    expect(await collections()).to.be.above(0);
  });

  for (const flag of ['--heap-growing-percent=10', '--heap_growing_percent=10']) {
    it(`grows as ${flag} says`, async () => {
      expect(await collections(PREPARED, [flag])).to.be.above(0);
    });
  }
});
