import { expect } from 'chai';
import { Failure } from '../../src/domain/failure.js';
import { checkMembers } from '../../src/domain/known-members.js';

const KNOWN = ['segment', 'user_id'];

describe('The members of an object', () => {
  it('may be those that are known, or any where unknown ones are ignored', () => {
    expect(() => checkMembers({}, KNOWN, 'refuse')).not.to.throw();
    expect(() => checkMembers({ user_id: 1, segment: 2 }, KNOWN, 'refuse')).not.to.throw();
    expect(() => checkMembers({ country: 1 }, KNOWN, 'ignore')).not.to.throw();
  });

  for (const [value, message, field] of [
    [{ segment: 1, userId: 2, b: 3 }, 'userId is not known; did you mean user_id?', 'userId'],
    [{ country: 1 }, 'country is not known; known are segment, user_id', 'country'],
    [{ 'a b': 1 }, '"a b" is not known; known are segment, user_id', '"a b"'],
  ] as const) {
    it(`are refused with the first that is unknown: ${message}`, () => {
      const failing = expect(() => checkMembers(value, KNOWN, 'refuse')).to.throw(Failure, message);
      failing.with.property('code', 'unknown_field');
      failing.with.nested.property('options.field', field);
    });
  }
});
