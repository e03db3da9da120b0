import { setTimeout as delay, setImmediate as tick } from 'node:timers/promises';
import type { Context, Runnable } from 'mocha';
import { beforeEachRunnable, onFailure } from './runnables.js';
import { timeLimit } from './time-limit.js';
import { takeWaiting } from './waiting.js';

/** The limits of tests and hooks as they are given. */
const limits = new WeakMap<Runnable, number>();

beforeEachRunnable((runnable) => {
  const limit = limits.get(runnable) ?? runnable.timeout();
  limits.set(runnable, limit);
  runnable.timeout(timeLimit(limit));
  takeWaiting();
});
onFailure((error) => {
  const waiting = takeWaiting();
  if (waiting.length > 0) error.message += `\nstill waited for: ${waiting.join('; ')}`;
});

// What keeps a process alive: each is a thing somebody forgot to close.
const HOLDING = /^(TCP|Pipe|Process|Timeout|TLS|HTTP|FSReq)/;

let before = new Map<string, number>();

/** Fails the run when a test left something open, and says what. */
export const mochaHooks = {
  async beforeAll() {
    // A tick later mocha has its own timer of this hook running, in both places.
    await tick();
    before = countResources();
  },
  async afterAll(this: Context) {
    await tick();
    const deadline = Date.now() + timeLimit(3_000);
    while (leftOpen().length > 0 && Date.now() < deadline) {
      await delay(20, undefined, { ref: false });
    }
    if (leftOpen().length === 0) return;
    const titles = this.test?.parent?.suites.map(({ title }) => title).join(', ');
    throw new Error(`left open behind ${titles}: ${leftOpen().join(', ')}`);
  },
};

function leftOpen(): string[] {
  return [...countResources()]
    .filter(([name, count]) => HOLDING.test(name) && count > (before.get(name) ?? 0))
    .map(([name, count]) => `${count} ${name}`);
}

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
