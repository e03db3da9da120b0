import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);

/** The heap of each run has room for what the objects of one scavenge keep, as in the images. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=64'];

describe('the heap of a service', () => {
  /** How often all of the heap is collected while a process that was idle takes 590 MB of buffers. */
  async function collections(...prepared: string[]): Promise<number> {
    const { stdout } = await run(process.execPath, [
      ...FLAGS,
      'test/support/churn.mjs',
      ...prepared,
    ]);
    return Number(/^\d+/.exec(stdout)?.[0]);
  }

  it('is not collected as a whole by what a process reads after it was idle', async () => {
    expect(await collections('../../dist/process/heap-growth.js')).to.equal(0);
    // Otherwise the line above would tell nothing.
    expect(await collections()).to.be.above(0);
  });
});
