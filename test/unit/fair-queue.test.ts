import { expect } from 'chai';
import fc from 'fast-check';
import { toFailure } from '../../src/domain/failure.js';
import { createFairQueue, type FairQueue } from '../../src/limits/fair-queue.js';
import { makeCaller } from '../support/caller.js';

const AT_ONCE = 2;
const EACH = 5;
const ALL = 12;

/** A queue whose works end when they are told to. */
function createTestQueue() {
  const queue: FairQueue = createFairQueue({
    atOnce: AT_ONCE,
    maxWaitingEach: EACH,
    maxWaiting: ALL,
    nameOf: ({ peerAddress }) => peerAddress() ?? '',
  });
  const running: { client: string; end: () => void }[] = [];
  const waiting: string[] = [];
  const begun: string[] = [];
  const refused: string[] = [];
  const settled: Promise<void>[] = [];
  const leave = (client: string) => waiting.splice(waiting.indexOf(client), 1);
  return {
    running,
    waiting,
    begun,
    refused,
    ask(client: string) {
      const caller = makeCaller(client);
      waiting.push(client);
      const work = () =>
        new Promise<void>((resolve) => {
          leave(client);
          begun.push(client);
          running.push({ client, end: resolve });
        });
      const asked = queue.run(caller, work).catch((error) => {
        expect(toFailure(error).kind).to.equal('unavailable');
        leave(client);
        refused.push(client);
      });
      settled.push(asked);
      return caller;
    },
    /** Ends a work and lets the next begin. */
    async end(position: number) {
      running.splice(position % running.length, 1)[0]?.end();
      await new Promise(setImmediate);
    },
    finish: () => Promise.all(settled),
  };
}

const clients = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5');

describe('A fair queue', () => {
  it('keeps its bounds, leaves no place unused, and does all that it has taken', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(clients, fc.nat(9)), { maxLength: 60 }), async (steps) => {
        const queue = createTestQueue();
        for (const step of steps) {
          if (typeof step === 'string') queue.ask(step);
          else if (queue.running.length > 0) await queue.end(step);
          await Promise.resolve();
          await new Promise(setImmediate);
          const most = Math.max(0, ...counts(queue.waiting).values());
          expect(queue.running.length).to.be.at.most(AT_ONCE);
          expect(most).to.be.at.most(EACH);
          expect(queue.waiting.length).to.be.at.most(ALL);
          if (queue.waiting.length > 0) expect(queue.running.length).to.equal(AT_ONCE);
        }
        while (queue.running.length > 0) await queue.end(0);
        await queue.finish();
        const asked = steps.filter((step) => typeof step === 'string');
        expect([...queue.begun, ...queue.refused].sort()).to.deep.equal(asked.sort());
      }),
    ));

  it('has nobody wait for more than one turn of each other client', () =>
    fc.assert(
      fc.asyncProperty(fc.array(clients, { maxLength: 40 }), async (others) => {
        const queue = createTestQueue();
        for (const client of others) queue.ask(client);
        await new Promise(setImmediate);
        const lines = counts(queue.waiting).size;
        const before = queue.begun.length;
        queue.ask('192.0.2.1');
        await new Promise(setImmediate);
        while (!queue.begun.includes('192.0.2.1')) {
          // Who has much keeps asking for more.
          for (const client of others) queue.ask(client);
          await queue.end(0);
        }
        expect(queue.refused).not.to.include('192.0.2.1');
        expect(queue.begun.length - before - 1).to.be.at.most(lines);
        while (queue.running.length > 0) await queue.end(0);
      }),
      { numRuns: 50 },
    ));

  it('takes a place from the longest line for who has a shorter one', async () => {
    const queue = createTestQueue();
    for (const client of ['a', 'b', 'c']) {
      for (let times = 0; times < AT_ONCE + EACH; times += 1) queue.ask(client);
    }
    await new Promise(setImmediate);
    queue.refused.length = 0;
    queue.ask('d');
    await new Promise(setImmediate);
    expect(queue.refused).to.have.length(1);
    expect(queue.refused[0]).to.be.oneOf(['a', 'b']);
    expect(queue.waiting).to.include('d');
    while (queue.running.length > 0) await queue.end(0);
  });

  it('looks at few of those who wait for each that comes, however many do', async () => {
    const most = 20_000;
    const queue = createFairQueue({ atOnce: 1, maxWaiting: most, nameOf: () => 'all' });
    let looks = 0;
    const isGone = () => {
      looks += 1;
      return false;
    };
    const caller = { ...makeCaller(), isGone };
    let end = () => {};
    void queue.run(caller, () => new Promise<void>((resolve) => (end = resolve)));
    const asked = Array.from({ length: 3 * most }, () => queue.run(caller, async () => 'done'));
    const before = looks;
    end();
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(most);
    expect(before).to.be.at.most(102 * 3 * most);
    expect(queue.taken).to.equal(0);
  });

  it('begins nothing for who has gone, whose places are free for others', async () => {
    const queue = createTestQueue();
    const gone = Array.from({ length: AT_ONCE + EACH }, () => queue.ask('a'));
    for (const caller of gone) caller.gone = true;
    queue.ask('a');
    await new Promise(setImmediate);
    expect(queue.refused).to.have.length(EACH);
    while (queue.running.length > 0) await queue.end(0);
    expect(queue.begun).to.have.length(AT_ONCE + 1);
  });
});

function counts(names: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
  return found;
}
