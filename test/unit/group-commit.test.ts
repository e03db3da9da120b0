import { expect } from 'chai';
import { Failure } from '../../src/domain/failure.js';
import { createGroupCommit } from '../../src/segment-service/group-commit.js';

/** A place that batches are sent to, and that answers when it is told. */
function createGate() {
  const batches: { items: string[]; answer: (outcome: string) => void; fail: () => void }[] = [];
  return {
    batches,
    sizes: () => batches.map(({ items }) => items.length),
    send: (items: string[]) =>
      new Promise<string>((resolve, reject) => {
        const fail = () => reject(new Failure('unavailable', 'away'));
        batches.push({ items: [...items], answer: resolve, fail });
      }),
  };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('createGroupCommit', () => {
  const limits = { maxBatch: 100, maxInFlight: 3 };

  it('sends an item that finds nothing on its way at once, alone', () => {
    const gate = createGate();
    const group = createGroupCommit({ ...limits, send: gate.send });
    void group.commit('one');
    expect(gate.sizes()).to.deep.equal([1]);
  });

  it('sends what comes meanwhile together, in the order it came', async () => {
    const gate = createGate();
    const group = createGroupCommit({ ...limits, send: gate.send });
    const outcomes = Array.from({ length: 50 }, (_, index) => group.commit(`item ${index}`));
    expect(gate.sizes()).to.deep.equal([1]);
    gate.batches[0]?.answer('first');
    expect(await outcomes[0]).to.equal('first');
    expect(gate.sizes()).to.deep.equal([1, 49]);
    expect(gate.batches[1]?.items).to.deep.equal(
      Array.from({ length: 49 }, (_, index) => `item ${index + 1}`),
    );
    gate.batches[1]?.answer('second');
    expect(await Promise.all(outcomes.slice(1))).to.deep.equal(new Array(49).fill('second'));
  });

  it('sends full batches beside each other, up to a limit', async () => {
    const gate = createGate();
    const group = createGroupCommit({ ...limits, send: gate.send });
    for (let item = 0; item < 450; item += 1) void group.commit(`item ${item}`);
    expect(gate.sizes()).to.deep.equal([1, 100, 100]);
    gate.batches[1]?.answer('done');
    await tick();
    expect(gate.sizes()).to.deep.equal([1, 100, 100, 100]);
    gate.batches[0]?.answer('done');
    await tick();
    expect(gate.sizes()).to.deep.equal([1, 100, 100, 100, 100]);
    for (const { answer } of gate.batches) answer('done');
    await tick();
    expect(gate.sizes()).to.deep.equal([1, 100, 100, 100, 100, 49]);
  });

  it('fails the items of a batch that failed, and no others', async () => {
    const gate = createGate();
    const group = createGroupCommit({ ...limits, send: gate.send });
    const [first, second] = [group.commit('first'), group.commit('second')];
    gate.batches[0]?.fail();
    expect(await first.catch((error: Failure) => error.message)).to.equal('away');
    gate.batches[1]?.answer('stored');
    expect(await second).to.equal('stored');
  });
});
