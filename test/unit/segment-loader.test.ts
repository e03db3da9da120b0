import { expect } from 'chai';
import fc from 'fast-check';
import type { ListRequest } from '../../src/es/queries/list/list-request.js';
import { createSegmentChanges } from '../../src/es/queries/list/segment-changes.js';
import { createSegmentLoader } from '../../src/es/queries/list/segment-loader.js';
import {
  createSegmentTable,
  type SegmentTable,
} from '../../src/es/queries/list/table/segment-table.js';
import type { SegmentThread } from '../../src/es/queries/list/table/segment-thread.js';

const ALL: ListRequest = {
  prefix: '',
  search: '',
  sort: 'name',
  order: 'asc',
  limit: 1_000,
  cursor: '',
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
        const loader = createSegmentLoader(
          { reader: createKnown(), changes: async (since) => changes.since(since) },
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

  it('shows what there is, whatever is stored and deleted while names are read', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.oneof(
      fc.tuple(fc.constantFrom('store', 'delete'), name),
      fc.tuple(fc.constantFrom('begin', 'read on', 'list'), fc.constant('')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
        const redis = createKnown();
        const changes = createSegmentChanges();
        const { thread, shown } = createTable();
        const loader = createSegmentLoader(
          { reader: redis, changes: async (since) => changes.since(since) },
          thread,
        );
        await loader.read();
        let reading: Promise<unknown> | undefined;
        for (const [what, segment] of steps) {
          if (what === 'store' && !redis.there.has(segment)) {
            redis.there.add(segment);
            changes.note(segment, 1, redis.tick());
          } else if (what === 'delete') {
            redis.there.delete(segment);
            changes.note(segment, null, redis.tick());
          } else if (what === 'begin' && reading === undefined) {
            redis.hold();
            reading = loader.read().finally(() => {
              reading = undefined;
            });
          } else if (what === 'read on') await redis.goOn();
          else if (what === 'list') {
            expect(await loader.applyChanges()).to.equal(true);
            expect(shown()).to.deep.equal([...redis.there].sort());
          }
        }
        while (reading !== undefined) await redis.goOn();
        expect(await loader.applyChanges()).to.equal(true);
        expect(shown()).to.deep.equal([...redis.there].sort());
      }),
      { numRuns: 500 },
    );
  });
});

/** Known segments that are read name by name, which may not be there any more, and only as far as the test says once it holds. */
function createKnown() {
  const there = new Set<string>();
  let time = 0;
  let isHeld = false;
  let goOn = () => {};
  return {
    there,
    tick: () => (time += 1),
    hold: () => {
      isHeld = true;
    },
    async goOn() {
      goOn();
      await new Promise(setImmediate);
    },
    async *known() {
      for (let last = ''; ; ) {
        const next = [...there].sort().find((one) => one > last);
        if (next === undefined) return;
        last = next;
        if (isHeld) await new Promise<void>((resolve) => (goOn = resolve));
        yield [{ segment: next, lastDay: 1 }];
      }
    },
  };
}
