import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { expect } from 'chai';
import { isFirstWorker, relayQuestions } from '../../src/process/worker-questions.js';

describe('What only one process of a service does', () => {
  const workers: Worker[] = [];
  before(async () => {
    cluster.setupPrimary({ exec: 'test/support/first-worker.mjs', execArgv: [] });
    for (let count = 0; count < 3; count += 1) workers.push(cluster.fork());
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    for (const worker of workers) relayQuestions(worker, workers);
  });
  after(async () => {
    const exits = workers.map((worker) => once(worker, 'exit'));
    for (const worker of workers) worker.process.kill('SIGKILL');
    await Promise.all(exits);
  });

  async function isFirst(worker: Worker): Promise<boolean> {
    const answered = new Promise<boolean>((resolve) => {
      const look = (message: { isFirst?: boolean }) => {
        if (message.isFirst === undefined) return;
        worker.off('message', look);
        resolve(message.isFirst);
      };
      worker.on('message', look);
    });
    worker.send('is it you?');
    return answered;
  }
  const ask = () => Promise.all(workers.map(isFirst));

  it('is done by a process that is no worker', async () => {
    expect(await isFirstWorker()).to.equal(true);
  });

  it('is done by the oldest worker, and by the next one once that has died', async () => {
    // A worker answers others once it has asked itself.
    await ask();
    expect(await ask()).to.deep.equal([true, false, false]);
    const [oldest] = workers.splice(0, 1) as [Worker];
    const gone = once(oldest, 'exit');
    oldest.process.kill('SIGKILL');
    await gone;
    expect(await ask()).to.deep.equal([true, false]);
  });
});
