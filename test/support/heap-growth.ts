import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How many bytes more of the heap are in use after some work, what can be collected left out. */
export function heapGrowth(work: () => Promise<unknown>): Promise<number> {
  return growthOf('heapUsed', work);
}

/** The same of bytes outside of the heap, which arrays of numbers have. */
export function arrayGrowth(work: () => Promise<unknown>): Promise<number> {
  return growthOf('arrayBuffers', work);
}

async function growthOf(
  memory: 'heapUsed' | 'arrayBuffers',
  work: () => Promise<unknown>,
): Promise<number> {
  setFlagsFromString('--expose-gc');
  const gc: () => void = runInNewContext('gc');
  // The memory of arrays is freed after a collection; the next one waits for that.
  const collect = async () => {
    gc();
    await new Promise(setImmediate);
    gc();
  };
  await collect();
  const before = process.memoryUsage()[memory];
  await work();
  await collect();
  return process.memoryUsage()[memory] - before;
}
