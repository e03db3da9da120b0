import { expect } from 'chai';
import fc from 'fast-check';
import { getOrCreate } from '../../src/domain/get-or-create.js';
import { bytesOf, countMemberships, groupMemberships } from '../../src/domain/membership-groups.js';
import { DAY_MS } from '../../src/domain/utc-day.js';

const DAY = 20_000;
const FEW = ['a', 'b', 'c'];

const memberships = fc.array(
  fc.record({
    segment: fc.constantFrom(...FEW),
    userId: fc.constantFrom('u', 'v', 'w', 'x'),
    occurredAt: fc.integer({ min: DAY * DAY_MS, max: (DAY + 3) * DAY_MS - 1 }),
  }),
);

describe('Groups of memberships', () => {
  it('have the users of one segment on one day, in the order of their arrival', () => {
    fc.assert(
      fc.property(memberships, (all) => {
        const groups = groupMemberships(all);
        const keys = groups.map(({ segment, day }) => `${segment} ${day}`);
        expect(new Set(keys).size).to.equal(keys.length);
        for (const { segment, day, userIds } of groups) {
          const own = all.filter(
            (one) => one.segment === segment && Math.floor(one.occurredAt / DAY_MS) === day,
          );
          expect(userIds).to.deep.equal(own.map(({ userId }) => userId));
          expect(userIds).not.to.have.length(0);
        }
        expect(countMemberships(groups)).to.equal(all.length);
      }),
    );
  });

  it('come in the order of their first users', () => {
    const seen = (segment: string, day: number) => ({
      segment,
      userId: 'u',
      occurredAt: day * DAY_MS,
    });
    const groups = groupMemberships([seen('b', 2), seen('a', 2), seen('b', 1), seen('a', 2)]);
    expect(groups).to.deep.equal([
      { segment: 'b', day: 2, userIds: ['u'] },
      { segment: 'a', day: 2, userIds: ['u', 'u'] },
      { segment: 'b', day: 1, userIds: ['u'] },
    ]);
  });

  it('take the bytes of their names, and 48 more for each', () => {
    const group = { segment: 'sport', day: DAY, userIds: ['u1', 'user2'] };
    expect(bytesOf([])).to.equal(0);
    expect(bytesOf([group])).to.equal(5 + 2 + 5 + 3 * 48);
    expect(bytesOf([group, { ...group, userIds: [] }])).to.equal(12 + 144 + 5 + 48);
    expect(countMemberships([])).to.equal(0);
  });
});

describe('getOrCreate', () => {
  it('creates a value once, and only where it is missing', () => {
    const map = new Map([['a', 0]]);
    const create = () => 7;
    const fail = () => expect.fail('created anew');
    expect(getOrCreate(map, 'a', fail)).to.equal(0);
    expect(getOrCreate(map, 'b', create)).to.equal(7);
    expect(getOrCreate(map, 'b', fail)).to.equal(7);
    expect([...map]).to.deep.equal([
      ['a', 0],
      ['b', 7],
    ]);
  });
});
