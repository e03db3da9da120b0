import { expect } from 'chai';
import fc from 'fast-check';
import { toFailure } from '../../src/domain/failure.js';
import { createSharedTasks } from '../../src/es/queries/shared-tasks.js';
import { createFairQueue } from '../../src/limits/fair-queue.js';
import { makeCaller } from '../support/caller.js';

const EACH = 3;

/** Tasks that run one at a time, and end when they are told to. */
function createTestTasks() {
  const nameOf = ({ peerAddress }: { peerAddress(): string | undefined }) => peerAddress() ?? '';
  const queue = createFairQueue({ atOnce: 1, maxWaitingEach: EACH, maxWaiting: 100, nameOf });
  const tasks = createSharedTasks(queue, nameOf);
  const running: (() => void)[] = [];
  const begun: string[] = [];
  const ask = (client: string, name: string) => {
    const caller = makeCaller(client);
    const before = begun.length;
    const answer = tasks
      .run(caller, name, async (isGone) => {
        const number = begun.push(name);
        await new Promise<void>((resolve) => running.push(resolve));
        return { name, number, isGone: isGone() };
      })
      .catch((error) => toFailure(error).kind);
    return { caller, before, name, answer };
  };
  const end = async () => {
    running.shift()?.();
    await new Promise(setImmediate);
  };
  const endAll = async () => {
    while (running.length > 0) await end();
  };
  return { begun, ask, end, endAll };
}

type Asked = ReturnType<ReturnType<typeof createTestTasks>['ask']>;

describe('Tasks that are shared', () => {
  it('run once for all who wait, and again for those who come later', async () => {
    const tasks = createTestTasks();
    const first = tasks.ask('a', 'x');
    const later = ['a', 'b', 'a', 'c'].map((client) => tasks.ask(client, 'x'));
    await tasks.endAll();
    expect(tasks.begun).to.deep.equal(['x', 'x']);
    expect(await first.answer).to.deep.include({ number: 1 });
    for (const { answer } of later) expect(await answer).to.deep.include({ number: 2 });
  });

  it('answer everybody with what began after it was asked for, and run no more than needed', () => {
    const step = fc.oneof(
      fc.record({ client: fc.constantFrom('a', 'b', 'c'), name: fc.constantFrom('x', 'y', 'z') }),
      fc.constant('end' as const),
    );
    return fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const tasks = createTestTasks();
        const asked: Asked[] = [];
        const waits = new Set<string>();
        for (const one of steps) {
          if (one === 'end') await tasks.end();
          else asked.push(tasks.ask(one.client, one.name));
        }
        await tasks.endAll();
        const answered = new Set<number>();
        for (const { name, before, answer } of asked) {
          const told = (await answer) as { name: string; number: number };
          expect(told.name).to.equal(name);
          expect(told.number).to.be.greaterThan(before);
          waits.add(`${name} ${told.number}`);
          answered.add(told.number);
        }
        // Each run was for somebody, and none was refused: a client waits for three names at most.
        expect(answered.size).to.equal(tasks.begun.length);
        expect(waits.size).to.equal(tasks.begun.length);
      }),
    );
  });

  it('begin at the turn of whoever has it first', async () => {
    const tasks = createTestTasks();
    for (const name of ['running', 'x', 'y', 'shared']) tasks.ask('a', name);
    tasks.ask('b', 'shared');
    await tasks.endAll();
    expect(tasks.begun).to.deep.equal(['running', 'x', 'shared', 'y']);
  });

  it('run if anybody who waits is there, and not if all have gone', async () => {
    const tasks = createTestTasks();
    tasks.ask('a', 'running');
    const [kept, held, gone] = ['kept', 'held', 'gone'].map((name) => [
      tasks.ask('a', name),
      tasks.ask('a', name),
      tasks.ask('b', name),
    ]) as [Asked[], Asked[], Asked[]];
    for (const { caller } of [...kept.slice(1), ...held.slice(0, -1), ...gone]) caller.gone = true;
    await tasks.endAll();
    expect(tasks.begun).to.deep.equal(['running', 'kept', 'held']);
    expect(await kept[0]?.answer).to.deep.equal({ name: 'kept', number: 2, isGone: false });
    expect(await held.at(-1)?.answer).to.deep.include({ number: 3 });
    for (const { answer } of gone) expect(await answer).to.equal('unavailable');
    const again = tasks.ask('a', 'gone');
    await tasks.endAll();
    expect(await again.answer).to.deep.include({ name: 'gone' });
  });

  it('are refused for a client whose line is full, and for no other', async () => {
    const tasks = createTestTasks();
    for (const name of ['running', '1', '2', '3']) tasks.ask('a', name);
    const refused = tasks.ask('a', 'x');
    const taken = tasks.ask('b', 'x');
    const joined = tasks.ask('a', '3');
    expect(await refused.answer).to.equal('unavailable');
    await tasks.endAll();
    expect(await taken.answer).to.deep.include({ name: 'x' });
    expect(await joined.answer).to.deep.include({ name: '3' });
    const again = tasks.ask('a', 'x');
    await tasks.endAll();
    expect(await again.answer).to.deep.include({ name: 'x' });
  });
});
