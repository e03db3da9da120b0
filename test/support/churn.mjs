// Prints how often V8 collects the whole heap of a process that was idle and then reads much from sockets: buffers, and few
// objects beside. Its parameter is the module that prepares its heap, if it is prepared.
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

const IDLE_MS = 1_000;
const BUFFER_BYTES = 65_536;

if (process.argv[2] !== undefined) (await import(process.argv[2])).letHeapGrow();

let collections = 0;
const observer = new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const { kind } = /** @type {{ detail: { kind: number } }} */ (/** @type {unknown} */ (entry))
      .detail;
    if (kind === constants.NODE_PERFORMANCE_GC_MAJOR) collections += 1;
  }
});

const kept = Array.from({ length: 200_000 }, (_, index) => ({ text: `kept ${index}` }));
await churn(1_000);
globalThis.gc?.();
// This is the idle time itself: V8 compares what was allocated with how long it took.
await delay(IDLE_MS);
globalThis.gc?.();
observer.observe({ entryTypes: ['gc'] });
await churn(9_000);
await new Promise(setImmediate);
console.log(collections, kept.length);

/** @param {number} buffers how many are read */
async function churn(buffers) {
  for (let buffer = 0; buffer < buffers; buffer += 1) {
    Buffer.allocUnsafeSlow(BUFFER_BYTES).fill(1);
    Array.from({ length: 300 }, (_, index) => ({ buffer, index }));
    if (buffer % 10 === 0) await new Promise(setImmediate);
  }
}
