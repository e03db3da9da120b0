import { expect } from 'chai';
import fc from 'fast-check';
import type { ListRequest } from '../../src/es/queries/list/list-request.js';
import { ORDERS, type Place, SORTS } from '../../src/es/queries/list/table/segment-order.js';
import {
  createSegmentTable,
  type SegmentTable,
} from '../../src/es/queries/list/table/segment-table.js';

interface Segment {
  name: string;
  day: number;
  count: number;
}

const REQUEST: ListRequest = {
  prefix: '',
  search: '',
  sort: 'name',
  order: 'asc',
  limit: 1_000,
  cursor: '',
  details: false,
};

/** Letters that sort and fold in their own ways: beyond U+FFFF, after the surrogates, of changing length. */
const letter = fc.constantFrom(
  ...'abAB-%',
  'ß',
  'İ',
  'Σ',
  'я',
  'Я',
  '\u{1f600}',
  '\ue000',
  '\uffff',
);
const name = fc.array(letter, { minLength: 1, maxLength: 5 }).map((letters) => letters.join(''));
const segment: fc.Arbitrary<Segment> = fc.record({
  name,
  day: fc.integer({ min: 20_000, max: 20_005 }),
  count: fc.oneof(fc.nat(3), fc.nat(2 ** 32 - 1)),
});
const known = fc.uniqueArray(segment, { selector: (one) => one.name, maxLength: 40 });

/** Reads segments as the index does, in pieces, some of them twice. */
function read(table: SegmentTable, segments: readonly Segment[], removed: readonly string[] = []) {
  table.begin();
  for (let from = 0; from < segments.length; from += 3) {
    const some = segments.slice(Math.max(0, from - 1), from + 3);
    const days = some.map(({ day }) => day);
    expect(table.take(some.map((one) => one.name).join('\n'), days)).to.equal(true);
  }
  for (const one of removed) table.remove(one);
  table.finish();
}

function count(table: SegmentTable, segments: readonly Segment[]): void {
  const counts = new Map(segments.map((one) => [one.name, one.count]));
  for (let position = 0; ; ) {
    const { names, counted } = table.slice(position, 7);
    if (names.length === 0) break;
    const some = names.map((one, index) => (counted[index] === undefined ? 1 : counts.get(one)));
    table.count(position, some);
    position += names.length;
  }
  table.settle();
}

/** All pages of a list. */
function pagesOf(table: SegmentTable, request: ListRequest) {
  const names: string[] = [];
  let after: Place | undefined;
  do {
    const page = table.page(request, after);
    names.push(...page.names);
    after = page.next;
  } while (after !== undefined);
  return { names, total: table.page(request, undefined).total };
}

function expected(segments: readonly Segment[], { sort, order, prefix, search }: ListRequest) {
  const sign = order === 'asc' ? 1 : -1;
  const byName = (one: Segment, other: Segment) => (one.name < other.name ? -1 : 1);
  const field = { count: 'count', last_active: 'day', name: undefined } as const;
  const numberOf = (one: Segment) => (field[sort] === undefined ? 0 : one[field[sort]]);
  return segments
    .filter((one) => one.name.startsWith(prefix))
    .filter((one) => one.name.toLowerCase().includes(search.toLowerCase()))
    .sort((one, other) =>
      sort === 'name'
        ? sign * byName(one, other)
        : sign * (numberOf(one) - numberOf(other)) || byName(one, other),
    )
    .map((one) => one.name);
}

const request: fc.Arbitrary<ListRequest> = fc.record({
  prefix: fc.oneof(fc.constant(''), name),
  search: fc.oneof(fc.constant(''), name),
  sort: fc.constantFrom(...SORTS),
  order: fc.constantFrom(...ORDERS),
  limit: fc.integer({ min: 1, max: 10 }),
  cursor: fc.constant(''),
  details: fc.constant(false),
});

describe('createSegmentTable', () => {
  it('lists what was read last, whatever was known before and removed meanwhile', () => {
    fc.assert(
      fc.property(
        fc.array(known, { minLength: 1, maxLength: 4 }),
        fc.array(request),
        (all, asked) => {
          const table = createSegmentTable(1_000_000);
          let last: Segment[] = [];
          for (const segments of all) {
            const gone = segments.filter((_, index) => index % 5 === 2).map((one) => one.name);
            read(table, segments, gone);
            last = segments.filter((one) => !gone.includes(one.name));
            count(table, last);
          }
          for (const one of asked) {
            const names = expected(last, one);
            expect(pagesOf(table, one)).to.deep.equal({ names, total: names.length });
          }
        },
      ),
    );
  });

  it('goes on after a place whose segment is gone', () => {
    fc.assert(
      fc.property(known, request, (segments, asked) => {
        const table = createSegmentTable(1_000_000);
        read(table, segments);
        count(table, segments);
        const first = table.page(asked, undefined);
        if (first.next === undefined) return;
        table.remove(first.next.name);
        const rest = expected(segments, asked).slice(
          first.names.length,
          first.names.length + asked.limit,
        );
        expect(table.page(asked, first.next).names).to.deep.equal(rest);
      }),
    );
  });

  it('says when it has no room, and has it again for fewer', () => {
    const table = createSegmentTable(100_000);
    const take = (segments: number) => {
      table.begin();
      for (let from = 0; from < segments; from += 100) {
        const names = Array.from({ length: 100 }, (_, index) => `segment ${from + index}`);
        if (
          !table.take(
            names.join('\n'),
            names.map(() => 20_000),
          )
        )
          return false;
      }
      table.finish();
      return true;
    };
    // Again and again, since what was forgotten is not to take room for ever.
    for (let round = 0; round < 20; round += 1) {
      expect(take(100_000)).to.equal(false);
      table.clear();
      expect(take(500)).to.equal(true);
      expect(table.page(REQUEST, undefined).total).to.equal(500);
    }
  });

  it('throws, not lists nothing, when nothing has been read', () => {
    const table = createSegmentTable(100_000);
    expect(() => table.page(REQUEST, undefined)).to.throw('no segments have been read');
    expect(() => table.slice(0, 1)).to.throw('no segments have been read');
  });
});
