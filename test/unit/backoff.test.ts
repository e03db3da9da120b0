import { expect } from 'chai';
import fc from 'fast-check';
import { backoffMs, jitteredMs } from '../../src/domain/backoff.js';

const BACKOFF = { firstMs: 20, maxMs: 500 };

describe('the wait before a retry', () => {
  it('doubles up to the longest', () => {
    const waits = [0, 1, 2, 3, 4, 5, 1_000].map((retry) => backoffMs(BACKOFF, retry, () => 1));
    expect(waits).to.deep.equal([20, 40, 80, 160, 320, 500, 500]);
  });

  it('is half as long at least', () => {
    expect([backoffMs(BACKOFF, 0, () => 0), jitteredMs(1_000, () => 0)]).to.deep.equal([10, 500]);
  });

  it('is somewhere in between', () => {
    fc.assert(
      fc.property(fc.nat(100), (retry) => {
        const longest = backoffMs(BACKOFF, retry, () => 1);
        expect(backoffMs(BACKOFF, retry)).to.be.within(longest / 2, longest);
      }),
    );
  });
});
