import { expect } from 'chai';
import { Failure } from '../../src/domain/failure.js';
import { DAY_MS } from '../../src/domain/utc-day.js';
import {
  checkNoneRefused,
  checkStored,
  noRoom,
  refusalOf,
  refusedOf,
  type Window,
  whyNotStored,
} from '../../src/domain/window.js';

const FIRST_DAY = 20_000;
const OPEN: Window = { firstDay: FIRST_DAY, days: 14 };
const WINDOW: Window = { ...OPEN, refused: new Map([['full', noRoom()]]) };

const seen = (segment: string, day: number) => ({ segment, userId: 'u', occurredAt: day * DAY_MS });

describe('A membership', () => {
  for (const [what, membership, window] of [
    ['of the first day', seen('a', FIRST_DAY), OPEN],
    ['of a later day', seen('a', FIRST_DAY + 3), OPEN],
    ['beside a refused segment', seen('a', FIRST_DAY), WINDOW],
  ] as const) {
    it(`is stored: ${what}`, () => {
      expect(whyNotStored(membership, window)).to.equal(undefined);
      expect(() => checkStored(membership, window)).not.to.throw();
    });
  }

  it('is out of window on a day before the first', () => {
    const { kind, code, message, options } = whyNotStored(
      seen('a', FIRST_DAY - 1),
      OPEN,
    ) as Failure;
    expect([kind, code, options.field]).to.deep.equal(['invalid', 'out_of_window', 'occurred_at']);
    expect(message).to.equal(
      'occurred_at is out of window: its UTC day must be one of the last 14, today included',
    );
    expect(() => checkStored(seen('a', FIRST_DAY - 1), OPEN)).to.throw(Failure, 'out of window');
    expect(whyNotStored(seen('full', FIRST_DAY - 1), WINDOW)?.code).to.equal('out_of_window');
  });

  it('of a refused segment has the reason of that', () => {
    const { kind, code, message, options } = whyNotStored(
      seen('full', FIRST_DAY),
      WINDOW,
    ) as Failure;
    expect([kind, code, options.field]).to.deep.equal(['full', 'too_many_segments', 'segment']);
    expect(message).to.equal(
      'segment is new, and no new ones are taken now: as many are known as ES_MAX_SEGMENTS allows',
    );
    expect(() => checkStored(seen('full', FIRST_DAY), WINDOW)).to.throw(message);
  });
});

describe('Groups of memberships', () => {
  const group = (segment: string, day = FIRST_DAY) => ({ segment, day });

  it('are refused with their segment, unless they are too old to be stored at all', () => {
    expect(refusalOf('full', FIRST_DAY, WINDOW)?.kind).to.equal('full');
    expect(refusalOf('full', FIRST_DAY + 1, WINDOW)?.kind).to.equal('full');
    expect(refusalOf('full', FIRST_DAY - 1, WINDOW)).to.equal(undefined);
    expect(refusalOf('other', FIRST_DAY, WINDOW)).to.equal(undefined);
    expect(refusalOf('full', FIRST_DAY, OPEN)).to.equal(undefined);
  });

  it('that were refused are told apart, with the reason of the first', () => {
    const limited = new Failure('limited', 'too many');
    const window = { ...OPEN, refused: new Map([['full', noRoom()]]).set('later', limited) };
    const groups = [group('a'), group('later'), group('full', FIRST_DAY - 1), group('full')];
    expect(refusedOf(groups, window)).to.deep.equal([[groups[1], groups[3]], limited]);
    expect(refusedOf(groups, OPEN)).to.deep.equal([[], undefined]);

    expect(refusedOf([group('a')], window)).to.deep.equal([[], undefined]);
  });
});

describe('A batch', () => {
  const refused = new Map([['a', new Failure('limited', 'too many', { field: 'f' })]]);
  refused.set('b', noRoom());

  it('passes where no segment was refused, or for kinds that are reported in another way', () => {
    for (const [window, reported] of [
      [OPEN, []],
      [{ ...OPEN, refused: new Map() }, []],
      [{ ...OPEN, refused }, ['full', 'limited']],
    ] as const) {
      expect(() => checkNoneRefused(window, reported)).not.to.throw();
      expect(() => checkNoneRefused(OPEN)).not.to.throw();
    }
  });

  for (const [reported, expected] of [
    [undefined, 'limited'],
    [['limited'], 'full'],
    [['full'], 'limited'],
  ] as const) {
    it(`is refused as ${expected} beside ${reported ?? 'none'}, and says what is stored`, () => {
      try {
        checkNoneRefused({ ...OPEN, refused }, reported);
      } catch (error) {
        const { kind, message, options } = error as Failure;
        const first = expected === 'full' ? noRoom() : (refused.get('a') as Failure);
        expect(kind).to.equal(expected);
        expect(message).to.equal(
          `${first.message}; memberships of 2 segments were not stored, all others were`,
        );
        expect(options.field).to.equal(first.options.field);
        return;
      }
      expect.fail('passed');
    });
  }
});
