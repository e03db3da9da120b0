import { expect } from 'chai';
import fc from 'fast-check';
import type { ListRequest } from '../../src/es/queries/list/list-request.js';
import { createSegmentTable } from '../../src/es/queries/list/table/segment-table.js';

const REQUEST: ListRequest = {
  prefix: '',
  search: '',
  sort: 'name',
  order: 'asc',
  limit: 1_000,
  cursor: '',
  details: false,
};

const name = fc.constantFrom('a', 'b', 'c', 'd', 'я', '\u{1f600}', '\uffff');
const names = fc.uniqueArray(name, { minLength: 1 });
const day = fc.integer({ min: 20_000, max: 20_003 });
type Step = ['begin' | 'finish'] | ['take' | 'add', string[], number] | ['remove', string[]];
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>(['begin']),
  fc.constant<Step>(['finish']),
  fc.tuple(fc.constantFrom('take', 'add'), names, day),
  fc.tuple(fc.constant('remove'), names),
);

/** What lists show: names and last days, whatever a reading brings until it is finished. */
function createModel() {
  let shown = new Map<string, number>();
  let read: Map<string, number> | undefined;
  const since = new Map<string, number | undefined>();
  return {
    shown: () => shown,
    isReading: () => read !== undefined,
    begin() {
      read = new Map();
      since.clear();
    },
    take(taken: string[], on: number) {
      for (const one of taken) read?.set(one, on);
    },
    add(added: string[], on: number) {
      for (const one of added) {
        shown.set(one, Math.max(on, shown.get(one) ?? 0));
        since.set(one, on);
      }
    },
    remove(removed: string[]) {
      for (const one of removed) {
        shown.delete(one);
        since.set(one, undefined);
      }
    },
    finish() {
      const kept = new Map(read);
      for (const [one, on] of since) {
        if (on === undefined) kept.delete(one);
        else kept.set(one, on);
      }
      [shown, read] = [kept, undefined];
    },
  };
}

describe('createSegmentTable, told of changes', () => {
  it('shows them at once and after a reading that may have missed them, in any order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const table = createSegmentTable(1_000_000);
        const model = createModel();
        table.begin();
        table.finish();
        for (const [what, some = [], on = 0] of steps) {
          const joined = some.join('\n');
          const days = some.map(() => on);
          if (what === 'add') {
            model.add(some, on);
            expect(table.add(joined, days)).to.equal(true);
          } else if (what === 'remove') {
            model.remove(some);
            table.remove(joined);
          } else if (what === 'begin' ? model.isReading() : !model.isReading()) continue;
          else if (what === 'take') {
            model.take(some, on);
            table.take(joined, days);
          } else {
            model[what]();
            const known = table[what]();
            if (what === 'finish') expect(known).to.equal(model.shown().size);
          }
          const page = table.page(REQUEST, undefined);
          expect(page.names).to.deep.equal([...model.shown().keys()].sort());
          expect(page.total).to.equal(model.shown().size);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps the later of the days that it is told of, and takes what is read', () => {
    const table = createSegmentTable(100_000);
    const dayOf = () => table.page(REQUEST, undefined).lastDays;
    table.begin();
    table.finish();
    table.add('a', [20_002]);
    table.add('a', [20_001]);
    expect(dayOf()).to.deep.equal([20_002]);
    table.begin();
    table.take('a', [20_000]);
    table.finish();
    expect(dayOf()).to.deep.equal([20_000]);
  });

  it('are refused before a reading begins, and a reading is ended only once', () => {
    const fresh = () => createSegmentTable(100_000);
    const settled = () => {
      const table = fresh();
      table.begin();
      table.finish();
      return table;
    };
    const nothingRead = /no segments have been read/;
    expect(() => fresh().settle()).to.throw(nothingRead);
    expect(() => fresh().add('a', [1])).to.throw(nothingRead);
    expect(() => fresh().slice(0, 1)).to.throw(nothingRead);
    for (const table of [fresh(), settled()]) {
      expect(() => table.clear()).to.throw(/no reading has begun/);
      expect(() => table.finish()).to.throw(/no reading has begun/);
      expect(() => table.take('a', [1])).to.throw(/no reading has begun/);
    }
  });

  it('says when it has no room for them, and shows what it had', () => {
    const table = createSegmentTable(1_000);
    table.begin();
    table.finish();
    expect(table.add('a'.repeat(200), [1])).to.equal(true);
    expect(table.add('b'.repeat(900), [1])).to.equal(false);
    expect(table.page(REQUEST, undefined).total).to.equal(1);
  });
});
