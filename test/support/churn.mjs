// Prints how often V8 begins or ends to collect the whole heap of a process that was idle and then reads much from sockets:
// buffers, and few objects beside. Its parameter is the module that prepares its heap, if it is prepared.
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

const IDLE_STEPS = 200;
const IDLE_STEP_MS = 10;
const BUFFER_BYTES = 65_536;

if (process.argv[2] !== undefined) (await import(process.argv[2])).letHeapGrow();

let collections = 0;
const observer = new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const { kind } = /** @type {{ detail: { kind: number } }} */ (/** @type {unknown} */ (entry))
      .detail;
    if (kind !== constants.NODE_PERFORMANCE_GC_MINOR) collections += 1;
  }
});

const kept = Array.from({ length: 200_000 }, (_, index) => ({ text: `kept ${index}` }));
globalThis.gc?.();
// Hardly anything is allocated, as by a service that only answers probes. V8 goes by how much that is a second.
for (let step = 0; step < IDLE_STEPS; step += 1) {
  await delay(IDLE_STEP_MS);
  Array.from({ length: 100 }, (_, index) => ({ index }));
}
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
