import { expect } from 'chai';
import fc from 'fast-check';
import { createDayCounts, type DayCount } from '../../src/es/queries/day-counts.js';
import { countRegisters } from '../../src/es/sketch/count.js';
import { decodeSketch } from '../../src/es/sketch/decode.js';
import { mergeRegisters, REGISTER_COUNT } from '../../src/es/sketch/registers.js';
import { arrayGrowth, heapGrowth } from '../support/heap-growth.js';
import { encodeDense } from '../support/sketches.js';

const DAYS = 4;
const MAX_BYTES = 1024 * 1024;
const DAMAGED = Buffer.from('something else altogether');

type Bucket = Uint8Array | null;

/** Counts days without keeping anything. */
function countAnew(buckets: readonly Bucket[]): DayCount[] {
  const sketches = buckets.map(decodeSketch);
  return sketches.map((sketch, index) => ({
    day: countRegisters(sketch),
    upToDay: countRegisters(mergeRegisters(sketches.slice(0, index + 1))),
  }));
}

/** The smallest bucket: sparse, all registers are 0. */
const EMPTY = Buffer.from('HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x7f\xff', 'latin1');

const bucketOf = (value: number, registers: number) =>
  encodeDense(new Uint8Array(REGISTER_COUNT).fill(value, 0, registers));

describe('The counts of days', () => {
  it('are those of the buckets, whatever happens to these', () => {
    const bucket = fc.oneof(
      fc.constant<Bucket>(null),
      fc.constant<Bucket>(DAMAGED),
      fc
        .tuple(fc.integer({ min: 0, max: 51 }), fc.nat(REGISTER_COUNT))
        .map(([value, registers]): Bucket => bucketOf(value, registers)),
    );
    const change = fc.record({ segment: fc.nat(2), day: fc.nat(DAYS - 1), bucket });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const counts = createDayCounts(MAX_BYTES);
        const stored = Array.from({ length: 3 }, () => new Array<Bucket>(DAYS).fill(null));
        for (const change of changes) {
          const buckets = stored[change.segment] as Bucket[];
          buckets[change.day] = change.bucket;
          // As read from Redis, in memory that is used again afterwards.
          const read = buckets.map((one) => one && Buffer.from(one));
          const ask = () => counts.of(`s${change.segment}`, read);
          if (buckets.includes(DAMAGED)) expect(ask).to.throw(Error, /not a HyperLogLog/);
          else expect(ask()).to.deep.equal(countAnew(buckets));
          for (const one of read) one?.fill(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('tell a change of one register of a past day, which its own count does not show', () => {
    const counts = createDayCounts(MAX_BYTES);
    const before = bucketOf(20, REGISTER_COUNT);
    const after = Buffer.from(before);
    after[after.length - 1] = 51 << 2;
    for (const past of [before, after, before]) {
      const buckets = [past, null, bucketOf(21, REGISTER_COUNT)];
      expect(counts.of('s', buckets)).to.deep.equal(countAnew(buckets));
    }
  });

  it('keep no more memory than they may, however many segments are asked for', async () => {
    const counts = createDayCounts(MAX_BYTES);
    const growth = await arrayGrowth(async () => {
      for (let segment = 0; segment < 300; segment += 1) {
        counts.of(
          `s${segment}`,
          Array.from({ length: 14 }, () => bucketOf(1, segment)),
        );
      }
    });
    expect(growth).to.be.below(2 * MAX_BYTES);
    expect(counts.of('s299', [bucketOf(1, 9)])).to.deep.equal([{ day: 9, upToDay: 9 }]);
  });

  it('do not keep the request that a segment was named in', async () => {
    const counts = createDayCounts(100 * MAX_BYTES);
    const growth = await heapGrowth(async () => {
      for (let index = 0; index < 300; index += 1) {
        const request = `GET /segment/a-segment-of-a-name-${index}/history ${' '.repeat(8_000)}`;
        counts.of(request.slice(13, request.indexOf('/history')), [bucketOf(1, 1), null]);
      }
    });
    expect(growth).to.be.below(1_000_000);
  });

  it('keep no more on the heap either, where many days have few users', async () => {
    const maxBytes = 4 * MAX_BYTES;
    const counts = createDayCounts(maxBytes);
    const growth = await heapGrowth(async () => {
      for (let segment = 0; segment < 300; segment += 1) {
        counts.of(
          `s${segment}`,
          Array.from({ length: 90 }, () => Buffer.from(EMPTY)),
        );
      }
    });
    expect(growth).to.be.below(maxBytes);
    expect(counts.of('s299', [null])).to.deep.equal([{ day: 0, upToDay: 0 }]);
  });
});
