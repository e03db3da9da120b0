import { expect } from 'chai';
import fc from 'fast-check';
import { nearest, shownName } from '../../src/domain/nearest.js';

const KNOWN = ['segment', 'user_id', 'occurred_at'];

describe('nearest', () => {
  for (const [name, meant] of [
    ['userId', 'user_id'],
    ['USER-ID', 'user_id'],
    ['user', 'user_id'],
    ['usr_id', 'user_id'],
    ['occured_at', 'occurred_at'],
    ['occurredAt', 'occurred_at'],
    ['id', 'user_id'],
    ['segments', 'segment'],
    ['segmnet', 'segment'],
  ]) {
    it(`takes ${name} for ${meant}`, () => expect(nearest(name as string, KNOWN)).to.equal(meant));
  }

  for (const name of ['', 'x', 'country', 'window', 'x'.repeat(10_000)]) {
    it(`takes ${name.slice(0, 20)} for none`, () =>
      expect(nearest(name, KNOWN)).to.equal(undefined));
  }

  // Those that would be another question, above all.
  const expression = ['all', 'any', 'none', 'days'];
  const list = ['prefix', 'search', 'sort', 'order', 'limit', 'cursor', 'details'];
  for (const [known, meant, words] of [
    [expression, 'all', ['and', 'AND', 'every', 'all_of', 'only', 'al', 'ALL']],
    [expression, 'any', ['or', 'some', 'one', 'anyOf', 'an', 'anny']],
    [expression, 'none', ['not', 'nor', 'no', 'except', 'exclude', 'without', 'non', 'must-not']],
    [expression, 'days', ['window', 'day', 'last_days', 'daays']],
    [KNOWN, 'occurred_at', ['time', 'timestamp', 'ts', 'created_at', 'eventTime']],
    [KNOWN, 'user_id', ['uid', 'visitor_id', 'customerId']],
    [list, 'search', ['q', 'query', 'contains', 'serach']],
    [list, 'limit', ['per_page', 'pageSize', 'top', 'limits']],
    [list, 'cursor', ['page', 'offset', 'after', 'next_cursor']],
    [list, 'sort', ['orderBy', 'sort_by', 'sorting']],
    [list, 'order', ['dir', 'direction', 'orders']],
  ] as const) {
    it(`takes ${words.join(', ')} for ${meant}`, () => {
      for (const word of words) expect(nearest(word, known), word).to.equal(meant);
    });
  }

  it('takes a short word for no other short one', () => {
    for (const [word, known] of [
      ['ts', ['id', '']],
      ['t', ['a', 'b', '']],
      ['or', ['', 'x', 'in']],
      ['url', ['id', 'all']],
    ] as const) {
      expect(nearest(word, known), word).to.equal(undefined);
    }
  });

  it('takes a word for nothing that is not known', () => {
    for (const word of ['and', 'timestamp', 'q', 'per_page']) {
      expect(nearest(word, ['segments']), word).to.equal(undefined);
    }
  });

  it('finds what differs by one letter, wherever', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...KNOWN),
        fc.nat(10),
        fc.string({ maxLength: 1 }),
        (name, at, letter) => {
          const place = at % name.length;
          expect(nearest(name.slice(0, place) + letter + name.slice(place + 1), KNOWN)).to.equal(
            name,
          );
        },
      ),
    ));
});

describe('shownName', () => {
  it('is short, and has no character that a line could end at', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (name) => {
        const shown = shownName(name);
        expect(shown.length).to.be.at.most(6 * 65 + 2);
        expect(shown).to.not.match(/\p{Cc}/u);
        expect(shown.isWellFormed()).to.equal(true);
      }),
    ));
});
