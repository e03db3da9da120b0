import { expect } from 'chai';
import fc from 'fast-check';
import type { ListRequest } from '../../src/es/queries/list.js';
import { createSegmentLoader } from '../../src/es/queries/segment-loader.js';
import { createSegmentTable, type SegmentTable } from '../../src/es/queries/segment-table.js';
import type { SegmentThread } from '../../src/es/queries/segment-thread.js';
import { createSegmentChanges } from '../../src/es/segment-changes.js';

const ALL: ListRequest = {
  ...{ prefix: '', search: '', sort: 'name', order: 'asc', limit: 1_000, cursor: '' },
  details: false,
};

function createTable() {
  const table = createSegmentTable(1024 * 1024);
  const call = async (name: keyof SegmentTable, ...values: unknown[]) =>
    (table[name] as (...values: unknown[]) => unknown)(...values);
  const thread = { call, close: async () => {} } as unknown as SegmentThread;
  return { thread, shown: () => table.page(ALL, undefined).names };
}

describe('createSegmentLoader', () => {
  it('shows what Redis did last to each segment, in whatever order that is heard', async () => {
    const change = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.option(fc.nat(20_000)));
    const heard = fc.array(change, { maxLength: 20 }).chain((done) => {
      const all = done.map(([segment, day], doneAt) => ({ segment, day, doneAt }));
      const inAnyOrder = fc.shuffledSubarray(all, { minLength: all.length });
      return fc.tuple(fc.constant(all), inAnyOrder);
    });
    await fc.assert(
      fc.asyncProperty(heard, async ([done, order]) => {
        const changes = createSegmentChanges();
        const { thread, shown } = createTable();
        const known = async function* () {};
        const loader = createSegmentLoader(
          { reader: { known }, changes: async (since) => changes.since(since) },
          thread,
        );
        await loader.read();
        for (const { segment, day, doneAt } of order) changes.note(segment, day, doneAt);
        expect(await loader.applyChanges()).to.equal(true);
        const last = new Map(done.map(({ segment, day }) => [segment, day]));
        const there = [...last].filter(([, day]) => day !== null).map(([segment]) => segment);
        expect(shown()).to.deep.equal(there.sort());
      }),
    );
  });
});
