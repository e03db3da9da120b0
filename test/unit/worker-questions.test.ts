import type { Worker } from 'node:cluster';
import { EventEmitter, once } from 'node:events';
import { expect } from 'chai';
import { relayQuestions } from '../../src/process/worker-questions.js';

/** The primary's end of a worker that answers with its name, as soon as it may. */
class Answering extends EventEmitter {
  mostListeners = 0;
  constructor(readonly name: string) {
    super();
  }
  isConnected() {
    return true;
  }
  send(message: { type: string; id: number; value?: unknown; values?: unknown[] }) {
    this.mostListeners = Math.max(this.mostListeners, this.listenerCount('message'));
    const { type, id, value, values } = message;
    if (type === 'answers') this.emit(`answers ${id}`, values);
    else
      setImmediate(() => this.emit('message', { type: 'answer', id, value: [this.name, value] }));
  }
}

describe('relayQuestions', () => {
  for (const count of [1, 2, 5, 40]) {
    it(`gives each of ${count} workers the answers of all others, however many ask at once`, async () => {
      const workers = Array.from({ length: count }, (_, index) => new Answering(`w${index}`));
      const all = workers as unknown as Worker[];
      for (const worker of all) relayQuestions(worker, all);
      const asking = workers.flatMap((worker) =>
        [7, 8].map(async (id) => {
          const answered = once(worker, `answers ${id}`);
          worker.emit('message', { type: 'question', id, topic: 't', value: id });
          const others = workers.filter((other) => other !== worker);
          expect(await answered).to.deep.equal([others.map(({ name }) => [name, id])]);
        }),
      );
      await Promise.all(asking);
      // Beyond 10 of an emitter Node.js warns, with a stack.
      for (const { mostListeners } of workers) expect(mostListeners).to.equal(1);
    });
  }
});
