import { expect } from 'chai';
import { Failure } from '../../src/domain/failure.js';
import { parseMembership } from '../../src/domain/membership.js';

const NOW = Date.parse('2026-05-23T12:00:00Z');

function parse(value: unknown) {
  return parseMembership(value, NOW);
}

function detailOf(value: unknown): string {
  try {
    parse(value);
  } catch (error) {
    expect(error).to.be.instanceOf(Failure);
    expect((error as Failure).kind).to.equal('invalid');
    return (error as Failure).message;
  }
  throw new Error(`accepted ${JSON.stringify(value)}`);
}

describe('parseMembership', () => {
  it('stamps a membership with the time of arrival', () => {
    expect(parse({ segment: 'sport', user_id: 'u1' })).to.deep.equal({
      segment: 'sport',
      userId: 'u1',
      occurredAt: NOW,
    });
  });

  for (const name of [
    'a',
    '{sport}',
    '}{',
    'a/b/../c',
    '100%',
    '%2F',
    'two words',
    '  ',
    '__proto__',
    'constructor',
    '👩‍👩‍👧‍👦',
    'שלום',
    '\u202eright-to-left',
    'спорт',
    '日本',
    '"quoted"\\',
    'x'.repeat(256),
    'я'.repeat(128),
    '日'.repeat(85),
    '😀'.repeat(64),
  ]) {
    it(`takes ${JSON.stringify(name.slice(0, 20))} of ${Buffer.byteLength(name)} bytes as it is`, () => {
      const { segment, userId } = parse({ segment: name, user_id: name });
      expect([segment, userId]).to.deep.equal([name, name]);
    });
  }

  for (const [value, detail] of [
    [undefined, 'is missing'],
    [null, 'must be a string, not null'],
    [7, 'must be a string, not a number'],
    [true, 'must be a string, not a boolean'],
    [['a'], 'must be a string, not an array'],
    [{}, 'must be a string, not an object'],
    ['', 'must not be empty'],
    ['x'.repeat(257), 'must be at most 256 bytes of UTF-8, not 257'],
    ['я'.repeat(129), 'must be at most 256 bytes of UTF-8, not 258'],
    ['日'.repeat(86), 'must be at most 256 bytes of UTF-8, not 258'],
    ['a\u0000', 'must not contain control characters'],
    ['a\nb', 'must not contain control characters'],
    ['\u007f', 'must not contain control characters'],
    ['\u0085', 'must not contain control characters'],
    ['\ud800', 'must be well-formed Unicode, without lone surrogates'],
    ['a\udc00b', 'must be well-formed Unicode, without lone surrogates'],
  ] as const) {
    it(`refuses ${JSON.stringify(value)?.slice(0, 20)}: ${detail}`, () => {
      expect(detailOf({ segment: value, user_id: 'u1' })).to.equal(`segment ${detail}`);
      expect(detailOf({ segment: 'sport', user_id: value })).to.equal(`user_id ${detail}`);
    });
  }

  for (const step of ['.', '..']) {
    it(`refuses the segment ${step}, which no path can have, and takes it as a user`, () => {
      expect(detailOf({ segment: step, user_id: 'u1' })).to.match(
        /^segment must not be \. or \.\., which clients take out of paths/,
      );
      expect(parse({ segment: `${step}a`, user_id: step }).userId).to.equal(step);
      expect(parse({ segment: '...', user_id: step }).segment).to.equal('...');
    });
  }

  for (const [value, type] of [
    [null, 'null'],
    [7, 'a number'],
    ['sport', 'a string'],
    [[], 'an array'],
  ] as const) {
    it(`refuses ${JSON.stringify(value)} in place of a membership`, () => {
      expect(detailOf(value)).to.equal(`a membership must be a JSON object, not ${type}`);
    });
  }

  it('does not take members from the prototype', () => {
    expect(detailOf(JSON.parse('{"__proto__":{"segment":"a","user_id":"b"}}'))).to.equal(
      '__proto__ is not known; known are segment, user_id, occurred_at',
    );
    const inherited = JSON.parse('{"__proto__":{"segment":"a","user_id":"b"}}');
    expect(() => parseMembership(inherited, NOW, 'ignore')).to.throw('segment is missing');
  });

  it('refuses other members, or passes over them', () => {
    const value = { segment: 'a', user_id: 'b', more: { x: 1 } };
    expect(detailOf(value)).to.equal('more is not known; known are segment, user_id, occurred_at');
    expect(parseMembership(value, NOW, 'ignore')).to.deep.equal(
      parse({ segment: 'a', user_id: 'b' }),
    );
  });

  for (const [text, time] of [
    ['2026-05-20T01:02:03Z', '2026-05-20T01:02:03.000Z'],
    ['2026-05-20t01:02:03z', '2026-05-20T01:02:03.000Z'],
    ['2026-05-20T01:02:03.123456789Z', '2026-05-20T01:02:03.123Z'],
    ['2026-05-20T01:02:03+02:00', '2026-05-19T23:02:03.000Z'],
    ['2026-05-20T23:30:00-01:00', '2026-05-21T00:30:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2026-05-23T12:05:00Z', '2026-05-23T12:05:00.000Z'],
    ['1999-12-31T23:59:59Z', '1999-12-31T23:59:59.000Z'],
  ] as const) {
    it(`reads ${text}`, () => {
      const { occurredAt } = parse({ segment: 'a', user_id: 'b', occurred_at: text });
      expect(new Date(occurredAt).toISOString()).to.equal(time);
    });
  }

  for (const value of [
    null,
    1779537600000,
    '',
    'yesterday',
    '2026-05-20',
    '2026-05-20 01:02:03Z',
    '2026-05-20T01:02:03',
    '2026-05-20T01:02Z',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-05-20T24:00:00Z',
    '2026-05-20T01:60:00Z',
    '2026-05-20T01:02:03+25:00',
    ['2026-05-20T01:02:03Z'],
  ]) {
    it(`refuses ${JSON.stringify(value)} as a time`, () => {
      expect(detailOf({ segment: 'a', user_id: 'b', occurred_at: value })).to.match(
        /^occurred_at must be an RFC 3339 date and time with a zone, .*, or left out for now$/,
      );
    });
  }

  it('refuses a time more than 5 minutes ahead', () => {
    expect(
      detailOf({ segment: 'a', user_id: 'b', occurred_at: '2026-05-23T12:05:00.001Z' }),
    ).to.equal('occurred_at must be at most 5 minutes ahead of now');
  });
});
