import { expect } from 'chai';
import { Failure } from '../../src/domain/failure.js';
import { parseWindowDays } from '../../src/domain/window-days.js';

describe('The days that a client asks for', () => {
  it('are 1 up to the window, and the whole window where it names none', () => {
    expect([1, 7, 14, undefined].map((days) => parseWindowDays(days, 14))).to.deep.equal([
      1, 7, 14, 14,
    ]);
  });

  for (const days of [0, -1, 15, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`are not ${days}`, () => {
      expect(() => parseWindowDays(days, 14))
        .to.throw(Failure, /^days must be a whole number from 1 to 14$/)
        .with.nested.property('options.field', 'days');
    });
  }
});
