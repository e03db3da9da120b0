import { setFlagsFromString } from 'node:v8';

/**
 * Lets the heap grow to four times what is in use before V8 collects all of it, which V8 allows a process that is always busy.
 *
 * V8 goes by how much was allocated a second since the last such collection. After idle times that is little, so it allows
 * 1.1 times: 8 MB more for a heap of 20 MB. Buffers of sockets do not count as allocated, but they take that room, so a bulk
 * body makes V8 collect every 50 ms, which may take more time than the body. The maximum of the heap holds.
 */
export function letHeapGrow(): void {
  // V8 takes both spellings.
  if (process.execArgv.some((flag) => /^--heap[-_]growing[-_]percent\b/.test(flag))) return;
  setFlagsFromString('--heap-growing-percent=300');
}
