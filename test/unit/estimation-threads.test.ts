import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { drawSets } from '../../scripts/testbed/draw-sets.js';
import { createRandomBits } from '../../scripts/testbed/random-bits.js';
import {
  createEstimationThreads,
  type EstimationThreads,
} from '../../src/es/queries/estimation-threads.js';
import type { QueryContext } from '../../src/es/queries/query-context.js';
import { goneOf, whileWanted } from '../../src/es/queries/while-wanted.js';
import { estimateOverlaps } from '../../src/es/sketch/thread-tasks.js';
import { makeCaller } from '../support/caller.js';

const sets = drawSets(
  createRandomBits(3),
  Array.from({ length: 64 }, (_, region) => (region > 0 ? 100 : 0)),
  1_024,
);
const few = sets.slice(0, 2);

describe('Threads for estimations', () => {
  let threads: EstimationThreads;
  let workers: Worker[];
  const note = (worker: Worker) => workers.push(worker);
  beforeEach(() => {
    workers = [];
    process.on('worker', note);
    threads = createEstimationThreads(1);
  });
  afterEach(async () => {
    process.off('worker', note);
    await threads.close();
  });

  const nameOf = (estimation: Promise<unknown>) =>
    estimation.then(
      () => 'done',
      (error) => error.name,
    );

  it('are stopped with the work that is given up, and the next work gets a new one', async () => {
    await threads.overlaps(few);
    const stop = new AbortController();
    const stopped = nameOf(threads.overlaps(sets, stop.signal));
    const exit = once(workers[0] as Worker, 'exit');
    stop.abort();
    expect(await stopped).to.equal('AbortError');
    await exit;
    expect(await threads.overlaps(few)).to.deep.equal(estimateOverlaps(few));
    expect(workers).to.have.length(2);
  });

  it('never begin work that is given up while it waits, and go on', async () => {
    await threads.overlaps(few);
    const stop = new AbortController();
    const running = nameOf(threads.overlaps(few));
    const waiting = nameOf(threads.overlaps(sets, stop.signal));
    stop.abort();
    expect(await waiting).to.equal('AbortError');
    expect(await running).to.equal('done');
    expect(await nameOf(threads.overlaps(sets, AbortSignal.abort()))).to.equal('AbortError');
    expect(workers).to.have.length(1);
  });

  for (const method of ['overlaps', 'expression', 'leastRegion'] as const) {
    it(`give up work whose caller has gone: ${method}`, async () => {
      let begun = 0;
      // Work that ends only if it is given up.
      const endless = (_: unknown, signal: AbortSignal) => {
        begun += 1;
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')));
        });
      };
      const caller = makeCaller();
      const context = { reader: {}, threads: { [method]: endless } } as unknown as QueryContext;
      const work = whileWanted(context, goneOf(caller)).threads[method] as (
        sets: unknown,
      ) => Promise<unknown>;
      const answer = work(sets).catch((error) => error.message);
      caller.gone = true;
      expect(await answer).to.equal('nobody waits for the answer any more');
      expect(await work(sets).catch((error) => error.message)).to.match(/nobody waits/);
      expect(begun).to.equal(1);
    });
  }
});
