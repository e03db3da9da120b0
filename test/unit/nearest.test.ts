import { expect } from 'chai';
import fc from 'fast-check';
import { insteadOf, nearest, shownName } from '../../src/domain/nearest.js';

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

  for (const [name, other, isNear] of [
    // One in five letters of a long name may differ, and no more.
    ['abcdefghijklmnopqrstxyz', 'abcdefghijklmnopqrstuvw', true],
    ['abcdefghijklmnopqrsvxyz', 'abcdefghijklmnopqrstuvw', true],
    ['abcdefghijklmnopzqsvxyz', 'abcdefghijklmnopqrstuvw', false],
    // Two letters of a short one may differ, but no more than half of them.
    ['segxxnt', 'segment', true],
    ['sexxxnt', 'segment', false],
    ['xb', 'ab', true],
    ['xy', 'ab', false],
    // Two swapped letters are one mistake.
    ['an', 'na', true],
    ['nya', 'any', true],
    // The same words in another order, or with one more or less.
    ['id_user', 'user_id', true],
    ['at_occurred', 'occurred_at', true],
    ['user_long_id', 'user_id', true],
    ['long_user', 'user_long_id', true],
    ['id', 'user_long_id', false],
    ['user_country_long_id', 'user_id', false],
    ['country_name_id', 'user_id', false],
    ['segment_name', 'segment', true],
    ['segment_name_long', 'segment', false],
  ] as const) {
    it(`takes ${name} for ${isNear ? '' : 'anything but '}${other}`, () => {
      expect(nearest(name, [other])).to.equal(isNear ? other : undefined);
    });
  }

  it('takes the nearest of several, and the first of those alike', () => {
    expect(nearest('segmant', ['segmonk', 'segment'])).to.equal('segment');
    expect(nearest('segmant', ['segment', 'segmonk'])).to.equal('segment');
    expect(nearest('axc', ['abc', 'adc'])).to.equal('abc');
    expect(nearest('axc', ['adc', 'abc'])).to.equal('adc');
  });

  it('compares names of up to 64 letters', () => {
    expect(nearest('x'.repeat(64), ['x'.repeat(63)])).to.equal('x'.repeat(63));
    expect(nearest('x'.repeat(65), ['x'.repeat(64)])).to.equal(undefined);
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

describe('insteadOf', () => {
  it('says what was probably meant, or what there is', () => {
    expect(insteadOf('userid', KNOWN)).to.equal('did you mean user_id?');
    expect(insteadOf('country', KNOWN)).to.equal('known are segment, user_id, occurred_at');
  });
});

describe('shownName', () => {
  for (const [name, shown] of [
    ['user_id', 'user_id'],
    ['segments[3].user-id', 'segments[3].user-id'],
    ['two words', '"two words"'],
    ['a"', '"a\\""'],
    ['"a', '"\\"a"'],
    ['', '""'],
    ['x'.repeat(64), 'x'.repeat(64)],
    ['x'.repeat(65), `"${'x'.repeat(64)}…"`],
    [`${'x'.repeat(63)}😀`, `"${'x'.repeat(63)}\ufffd…"`],
  ] as const) {
    it(`of ${name.slice(0, 20)} of ${name.length} is ${shown.slice(0, 20)}`, () => {
      expect(shownName(name)).to.equal(shown);
    });
  }

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
