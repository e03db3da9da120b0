import { expect } from 'chai';
import fc from 'fast-check';
import { elementOfLimit, elementsOf, sampleOf } from '../../src/es/redis/samples/elements.js';
import { joinNumbers } from '../../src/es/redis/samples/join-numbers.js';
import { codeOfHash, exactSample, NO_SAMPLE, shareBelow } from '../../src/es/sketch/sample.js';
import { hashUser, hashUsers } from '../../src/es/sketch/user-hash.js';

const users = fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 60 });
const code = fc.nat(2 ** 31 - 1);

describe('Elements of samples in Redis', () => {
  it('are all users while there is no limit', () => {
    fc.assert(
      fc.property(users, (ids) => {
        const elements = Float64Array.from(elementsOf(ids, undefined, 100));
        const sample = exactSample(ids.map((id) => Float64Array.of(hashUser(id))));
        expect(sampleOf(elements)).to.deep.equal(ids.length === 0 ? NO_SAMPLE : sample);
      }),
    );
  });

  it('are the codes below a limit, with that limit; others are not read', () => {
    fc.assert(
      fc.property(users, code, fc.array(code), (ids, limit, more) => {
        const elements = elementsOf(ids, limit, 100);
        const own = ids.map(hashUser).map(codeOfHash);
        const expected = [...new Set(own.filter((one) => one < limit))];
        expect(elements).to.deep.equal(expected.sort((one, other) => one - other));
        const stale = more.filter((one) => one >= limit);
        const read = sampleOf(
          Float64Array.from([...elements, elementOfLimit(limit), ...new Set(stale)]).sort(),
        );
        expect(read).to.deep.equal({ limit, codes: Int32Array.from(elements) });
      }),
    );
  });

  it('are the smallest where there are more than are needed', () => {
    fc.assert(
      fc.property(users, fc.integer({ min: 1, max: 20 }), (ids, most) => {
        const all = elementsOf(ids, undefined, 100);
        expect(elementsOf(ids, undefined, most)).to.deep.equal(all.slice(0, most));
      }),
    );
  });

  it('are none where there is no sample', () => {
    expect(elementsOf(['a', 'b'], 0, 100)).to.deep.equal([]);
    for (const nothing of [undefined, Float64Array.of(), Float64Array.of(5)])
      expect(sampleOf(nothing)).to.equal(NO_SAMPLE);
  });

  it('are below a limit if their hashes are below its share', () => {
    fc.assert(
      fc.property(fc.string(), code, (id, limit) => {
        const hash = hashUser(id);
        expect(hash < shareBelow(limit) * 2 ** 52).to.equal(codeOfHash(hash) < limit);
      }),
    );
  });

  it('are joined as join does it', () => {
    const number = fc.oneof(fc.nat(), fc.bigInt(0n, 2n ** 53n - 1n).map(Number));
    fc.assert(
      fc.property(fc.array(number, { maxLength: 2_000, size: 'max' }), (numbers) => {
        expect(joinNumbers(numbers)).to.equal(numbers.join('\n'));
      }),
    );
  });

  it('have the same hash one by one and together', () => {
    fc.assert(
      fc.property(users, (ids) => {
        const hashes = new Float64Array(ids.length + 1);
        hashUsers(ids, hashes);
        expect([...hashes]).to.deep.equal([...ids.map(hashUser), 0]);
      }),
    );
  });
});
