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
  const collect = () => {
    gc();
    // Arrays are freed in another thread, which the next collection waits for.
    gc();
  };
  collect();
  const before = process.memoryUsage()[memory];
  await work();
  collect();
  return process.memoryUsage()[memory] - before;
}
