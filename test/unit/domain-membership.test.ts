import { expect } from 'chai';
import { Failure } from '../../src/domain/failure.js';
import {
  checkNoStep,
  checkNotAhead,
  parseMembership,
  parseName,
  parseRfc3339,
  parseSegments,
} from '../../src/domain/membership.js';

/** Why a call is refused. */
function refusalOf(call: () => unknown) {
  try {
    call();
  } catch (error) {
    const { kind, message, code, options } = error as Failure;
    expect(error).to.be.instanceOf(Failure);
    expect(kind).to.equal('invalid');
    return { message, code, field: options.field };
  }
  return expect.fail('not refused');
}

describe('parseSegments', () => {
  it('takes 1 to 1000 segments as they are', () => {
    for (const count of [1, 2, 1_000]) {
      const segments = Array.from({ length: count }, (_, index) => `segment ${index}`);
      expect(parseSegments(segments)).to.deep.equal(segments);
    }
  });

  for (const [what, value, field, message, code] of [
    ['nothing', undefined, 'segments', 'is missing', 'missing_field'],
    ['null', null, 'segments', 'must be an array, not null'],
    ['a text', 'sport', 'segments', 'must be an array, not a string'],
    ['an object', { length: 1 }, 'segments', 'must be an array, not an object'],
    ['none', [], 'segments', 'must be 1 to 1000, not 0'],
    ['1001', new Array(1_001).fill('a'), 'segments', 'must be 1 to 1000, not 1001'],
    ['a number', ['a', 7], 'segments[1]', 'must be a string, not a number'],
    ['an empty name', [''], 'segments[0]', 'must not be empty'],
    ['a gap', ['a', 'b', undefined], 'segments[2]', 'is missing', 'missing_field'],
    [
      'a step of a path',
      ['..'],
      'segments[0]',
      'must not be . or .., which clients take out of paths; use another name',
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(refusalOf(() => parseSegments(value))).to.deep.equal({
        message: `${field} ${message}`,
        code: code ?? 'invalid_field',
        field,
      });
    });
  }
});

describe('The fields of a membership', () => {
  it('have codes that tell what is wrong with them', () => {
    expect(refusalOf(() => parseName('user_id', undefined)).code).to.equal('missing_field');
    expect(refusalOf(() => parseName('user_id', 7)).code).to.equal('invalid_field');
    expect(refusalOf(() => checkNotAhead(300_001, 0))).to.deep.equal({
      message: 'occurred_at must be at most 5 minutes ahead of now',
      code: 'out_of_window',
      field: 'occurred_at',
    });
    const more = { segment: 'a', user_id: 'b', more: 1 };
    expect(refusalOf(() => parseMembership(more, 0)).code).to.equal('unknown_field');
  });

  it('are returned where they are right', () => {
    expect(checkNotAhead(300_000, 0)).to.equal(300_000);
    expect(checkNoStep('segment', '...')).to.equal('...');
    expect(parseName('user_id', '.')).to.equal('.');
  });
});

describe('parseRfc3339', () => {
  it('reads the years 0 to 9999, and fractions of a second', () => {
    for (const text of ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z']) {
      expect(new Date(parseRfc3339(text) ?? Number.NaN).toISOString()).to.equal(text);
    }
  });

  for (const text of [
    'a2026-05-20T01:02:03Z',
    '2026-05-20T01:02:03Za',
    '2026-05-20T01:02:03.Z',
    '2026-05-20T01:02:60Z',
    '2026-04-31T01:02:03Z',
    '2100-02-29T01:02:03Z',
    '2026-05-00T01:02:03Z',
    '20260520T010203Z',
  ]) {
    it(`takes ${text} for no time`, () => expect(parseRfc3339(text)).to.equal(undefined));
  }
});
