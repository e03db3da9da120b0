import { expect } from 'chai';
import fc from 'fast-check';
import { numbersOfDump } from '../../src/es/redis/samples/dump.js';
import { startRedis, type TestRedis } from '../support/system.js';

/** Numbers of 16, 32 and 64 bits, alone and together; neighbours are compressed. */
const NUMBERS = fc.oneof(
  fc.uniqueArray(fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }), { minLength: 1 }),
  fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 1_000, size: 'max' }),
  fc.uniqueArray(fc.maxSafeInteger(), { minLength: 1, maxLength: 1_000, size: 'max' }),
  fc
    .tuple(fc.maxSafeInteger(), fc.integer({ min: 1, max: 1_000 }))
    .map(([first, length]) =>
      Array.from({ length }, (_, index) => (first > 0 ? first - index : first + index)),
    ),
);

describe('A set of numbers, as DUMP of Redis shows it', () => {
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());

  it('has the numbers that were added, ascending', async () => {
    await fc.assert(
      fc.asyncProperty(NUMBERS, async (numbers) => {
        await redis.client.del('set');
        await redis.client.sadd('set', ...numbers);
        const dump = await redis.client.dumpBuffer('set');
        expect(numbersOfDump(dump as Buffer)).to.deep.equal(Float64Array.from(numbers).sort());
      }),
    );
  });

  it('is not read where it is something else', async () => {
    await redis.client.sadd('names', 'a');
    await redis.client.set('text', 'a');
    for (const key of ['names', 'text']) {
      const dump = await redis.client.dumpBuffer(key);
      expect(numbersOfDump(dump as Buffer)).to.equal(undefined);
    }
  });
});
