import { expect } from 'chai';
import fc from 'fast-check';
import { Failure } from '../../src/domain/failure.js';
import type { MembershipGroup } from '../../src/domain/membership-groups.js';
import { packMemberships, unpackMemberships } from '../../src/domain/packed-memberships.js';
import { DAY_MS } from '../../src/domain/utc-day.js';
import { PackedMemberships } from '../../src/generated/segment.js';

const TODAY = 20_000;
const NOW = TODAY * DAY_MS + DAY_MS / 2;

const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 60 })
  .filter((text) => !/\p{Cc}|^\.\.?$/u.test(text));
const group = fc.record({
  segment: name,
  day: fc.integer({ min: TODAY - 20, max: TODAY }),
  userIds: fc.array(name, { minLength: 1, maxLength: 5 }),
});

const refusal = (packed: object) => {
  try {
    unpackMemberships({ segments: 's', days: [TODAY], sizes: [1], userIds: 'u', ...packed }, NOW);
  } catch (error) {
    return (error as Error).message;
  }
  return 'taken';
};

describe('packed memberships', () => {
  it('come back over the wire as they were', () => {
    fc.assert(
      fc.property(fc.array(group, { maxLength: 10 }), (groups) => {
        const bytes = PackedMemberships.encode(packMemberships(groups)).finish();
        expect(unpackMemberships(PackedMemberships.decode(bytes), NOW)).to.deep.equal(groups);
      }),
    );
  });

  it('are none where every column is empty', () => {
    const none = { segments: '', days: [], sizes: [], userIds: '' };
    expect(unpackMemberships(none, NOW)).to.deep.equal([]);
    expect(packMemberships([])).to.deep.equal(none);
  });

  it('name the field that is wrong', () => {
    const columns = { segments: 's', days: [TODAY], sizes: [2], userIds: 'u' };
    expect(() => unpackMemberships(columns, NOW))
      .to.throw(Failure)
      .with.nested.property('options.field', 'packed.sizes');
  });

  it('are not packed anew where all of them, and no others, came packed', () => {
    const users = { sizes: [1, 2], userIds: 'u\nv\nw' };
    const packed = { segments: 's\nt', days: [TODAY, TODAY], ...users };
    const groups = unpackMemberships(packed, NOW);
    const [first, second] = groups as [MembershipGroup, MembershipGroup];
    expect(packMemberships(groups)).to.equal(packed);
    expect(packMemberships([...groups])).to.equal(packed);
    expect(packMemberships([first]).userIds).to.equal('u');
    expect(packMemberships([second, first]).userIds).to.equal('v\nw\nu');
    expect(packMemberships([first, { ...second, userIds: ['x'] }]).userIds).to.equal('u\nx');
    expect(packMemberships([...groups, first]).userIds).to.equal('u\nv\nw\nu');
  });

  it('may be 10000, of as many groups', () => {
    const column = <Value>(value: Value) => new Array<Value>(10_000).fill(value);
    const names = column('n').join('\n');
    const columns = { segments: names, days: column(TODAY), sizes: column(1), userIds: names };
    expect(unpackMemberships(columns, NOW)).to.have.length(10_000);
  });

  for (const [what, packed, message] of [
    ['a size too many', { sizes: [1, 1] }, /as many days and sizes as segments/],
    ['a day too many', { days: [TODAY, TODAY] }, /as many days and sizes as segments/],
    ['a segment too many', { segments: 's\nt' }, /as many days and sizes as segments/],
    ['no segment', { days: [TODAY, TODAY], sizes: [1, 0] }, /as many days and sizes as segments/],
    ['neither days nor sizes', { days: [], sizes: [] }, /as many days and sizes as segments/],
    ['users alone', { segments: '', days: [], sizes: [] }, /as many days and sizes as segments/],
    ['days alone', { segments: '', sizes: [], userIds: '' }, /as many days and sizes as segments/],
    ['sizes alone', { segments: '', days: [], userIds: '' }, /as many days and sizes as segments/],
    ['days and sizes alone', { segments: '', userIds: '' }, /^user_id must not be empty$/],
    ['a lone surrogate', { userIds: 'a\ud800' }, /^user_id must be well-formed Unicode/],
    ['no day', { days: [] }, /as many days and sizes as segments/],
    ['a size too large', { sizes: [2] }, /add up to the user_ids/],
    ['a user too many', { userIds: 'u\nv' }, /add up to the user_ids/],
    ['a group of none', { segments: 's\nt', days: [TODAY, TODAY], sizes: [0, 1] }, /at least 1/],
    ['an empty user', { sizes: [2], userIds: 'u\n' }, /^user_id must not be empty$/],
    ['a control character', { userIds: 'a\tb' }, /^user_id must not contain control characters$/],
    ['a late control character', { userIds: 'a\u0085b' }, /^user_id must not contain control/],
    ['a long user', { userIds: 'я'.repeat(129) }, /^user_id must be at most 256 bytes/],
    ['an empty segment', { segments: '' }, /^segment must not be empty$/],
    ['a step of a path', { segments: '.' }, /^segment must not be \. or \.\., which/],
    ['two steps', { segments: '..' }, /^segment must not be \. or \.\., which/],
    ['a long segment', { segments: 'x'.repeat(257) }, /^segment must be at most 256 bytes/],
    [
      'too many groups',
      { days: new Array(10_001).fill(TODAY), sizes: new Array(10_001).fill(0) },
      /^packed.days must be at most 10000, not 10001$/,
    ],
    ['tomorrow', { days: [TODAY + 1] }, /^occurred_at must be at most 5 minutes ahead of now$/],
    [
      'too many',
      { sizes: [10_001], userIds: `${'u\n'.repeat(10_000)}u` },
      /^packed.user_ids must be at most 10000$/,
    ],
  ] as const) {
    it(`are refused with ${what}`, () => {
      expect(refusal(packed)).to.match(message);
    });
  }
});
