import { expect } from 'chai';
import fc from 'fast-check';
import { toFailure } from '../../src/domain/failure.js';
import { createFairQueue } from '../../src/limits/fair-queue.js';
import { makeCaller } from '../support/caller.js';

const clients = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5');

describe('The bytes of a fair queue', () => {
  it('keeps no more bytes waiting than it may, but one that is larger alone, and takes them back', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(clients, fc.integer({ min: 1, max: 120 }), fc.boolean())),
        async (asks) => {
          const queue = createFairQueue({
            atOnce: 1,
            maxWaiting: 50,
            maxWaitingBytes: 100,
            nameOf: ({ peerAddress }) => peerAddress() ?? '',
          });
          const ends: (() => void)[] = [];
          const waiting = new Set<number>();
          const settled: Promise<unknown>[] = [];
          for (const [index, [client, bytes, endsOne]] of asks.entries()) {
            waiting.add(index);
            const work = () => {
              waiting.delete(index);
              return new Promise<void>((resolve) => void ends.push(resolve));
            };
            const asked = queue.run(makeCaller(client), work, { bytes });
            settled.push(asked.catch(() => waiting.delete(index)));
            if (endsOne) ends.shift()?.();
            await new Promise(setImmediate);
            const sizes = [...waiting].map((at) => asks[at]?.[1] ?? 0);
            const total = sizes.reduce((sum, size) => sum + size, 0);
            expect(total <= 100 || sizes.length === 1).to.equal(true);
          }
          while (queue.taken > 0) {
            ends.shift()?.();
            await new Promise(setImmediate);
          }
          await Promise.all(settled);
          // Nothing of the room is lost.
          const end = queue.run(
            undefined,
            () => new Promise<void>((resolve) => ends.push(resolve)),
          );
          const all = [40, 60].map((bytes) => queue.run(undefined, async () => {}, { bytes }));
          for (const finish of ends) finish();
          await Promise.all([end, ...all]);
        },
      ),
    ));

  it('refuses nothing to make room where that would not do', async () => {
    const queue = createFairQueue({
      atOnce: 1,
      maxWaiting: 50,
      maxWaitingBytes: 100,
      nameOf: ({ peerAddress }) => peerAddress() ?? '',
    });
    let end = () => {};
    const begun: string[] = [];
    const work = (name: string) => async () => void begun.push(name);
    void queue.run(undefined, () => new Promise<void>((resolve) => (end = resolve)));
    const small = Array.from({ length: 20 }, (_, at) =>
      queue.run(makeCaller('a'), work(`${at}`), { bytes: 1 }),
    );
    const large = queue.run(makeCaller('b'), work('large'), { bytes: 100 });
    expect(toFailure(await large.catch((error) => error)).kind).to.equal('unavailable');
    end();
    await Promise.all(small);
    expect(begun).to.deep.equal(small.map((_, at) => `${at}`));
  });
});
