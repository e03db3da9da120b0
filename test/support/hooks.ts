import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { type Context, Runnable } from 'mocha';
import { timeLimit } from './time-limit.js';

scaleTimeouts();

// What keeps a process alive: each is a thing somebody forgot to close.
const HOLDING = /^(TCP|Pipe|Process|Timeout|TLS|HTTP|FSReq)/;

let before = new Map<string, number>();

/** Fails the run when a test left something open, and says what. */
export const mochaHooks = {
  async beforeAll() {
    // A turn later mocha has its own timer of this hook running, in both places.
    await turn();
    before = countResources();
  },
  async afterAll(this: Context) {
    await turn();
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

/** Has every test and hook of mocha take its limit from `timeLimit` when it starts; hooks start once for each test. */
function scaleTimeouts(): void {
  /** The limits as they are given. */
  const limits = new WeakMap<Runnable, number>();
  const { run } = Runnable.prototype;
  Runnable.prototype.run = function runWithinLimit(this: Runnable, ...parameters) {
    const limit = limits.get(this) ?? this.timeout();
    limits.set(this, limit);
    this.timeout(timeLimit(limit));
    return run.apply(this, parameters);
  };
}
