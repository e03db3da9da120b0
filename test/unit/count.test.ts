import { expect } from 'chai';
import { countOrNull, settleCounts } from '../../src/domain/count.js';
import { Failure } from '../../src/domain/failure.js';

const unavailable = () => new Failure('unavailable', 'no Redis');
const internal = new Failure('internal', 'a fault');

describe('Counts of which some failed', () => {
  it('are all returned, unless each of them is unavailable', () => {
    const down = unavailable();
    for (const counts of [[], [1, 2], [down, 1], [1, down], [down, internal], [internal]]) {
      expect(settleCounts(counts)).to.equal(counts);
    }
  });

  it('fail as the first one does where each is unavailable', () => {
    const first = unavailable();
    for (const counts of [[first], [first, unavailable()]]) {
      expect(() => settleCounts(counts))
        .to.throw(Failure)
        .that.equals(first);
    }
  });

  it('are null where a retry would not help', () => {
    expect([0, 7, undefined, internal].map(countOrNull)).to.deep.equal([0, 7, 0, null]);
    const down = unavailable();
    expect(() => countOrNull(down))
      .to.throw(Failure)
      .that.equals(down);
  });
});
