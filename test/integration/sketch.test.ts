import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { drawRegisters } from '../../scripts/testbed/draw-registers.js';
import { createRandomBits, type RandomBits, uniform } from '../../scripts/testbed/random-bits.js';
import { countRegisters } from '../../src/es/sketch/count.js';
import { decodeSketch } from '../../src/es/sketch/decode.js';
import { estimateOverlap } from '../../src/es/sketch/overlap.js';
import {
  histogramOf,
  MAX_REGISTER,
  mergeRegisters,
  REGISTER_COUNT,
  type Registers,
} from '../../src/es/sketch/registers.js';
import { encodeDense, setsOf } from '../support/sketches.js';
import { startRedis, type TestRedis } from '../support/system.js';

const SKETCHES = 10_000;
const GROUP = 50;

describe('sketches of Redis', () => {
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());

  it('count as PFCOUNT does, sparse and dense, merged and not', async function () {
    this.timeout(120_000);
    const random = createRandomBits(20);
    const encodings = [0, 0];
    for (let done = 0; done < SKETCHES; done += GROUP) {
      await addSketches(redis.client, random);
      for (const { bytes, count } of await readSketches(redis.client)) {
        const encoding = bytes[4] as number;
        encodings[encoding] = (encodings[encoding] ?? 0) + 1;
        expect(countRegisters(decodeSketch(bytes))).to.equal(count);
      }
    }
    expect(Math.min(...encodings)).to.be.above(SKETCHES / 5);
  });

  it('count as PFCOUNT does, of more users than are added here, and of registers that none leave', async function () {
    this.timeout(120_000);
    const random = createRandomBits(22);
    for (let sketch = 0; sketch < 1_000; sketch += 1) {
      const largest = random() % (MAX_REGISTER + 1);
      const registers =
        sketch % 2 === 0
          ? drawRegisters(random, Math.ceil(Math.exp(uniform(random) * 16)))
          : new Uint8Array(REGISTER_COUNT).map(() => random() % (largest + 1));
      await redis.client.set('written', Buffer.from(encodeDense(registers)));
      expect(countRegisters(registers)).to.equal(await redis.client.pfcount('written'));
    }
  });

  it('merge as PFMERGE does', async () => {
    await addSketches(redis.client, createRandomBits(21));
    const all = await readSketches(redis.client);
    await redis.client.pfmerge('merged', ...all.map((_, index) => `sketch-${index}`));
    const merged = mergeRegisters(all.map(({ bytes }) => decodeSketch(bytes)));
    expect(decodeSketch(await redis.client.getBuffer('merged'))).to.deep.equal(merged);
    expect(countRegisters(merged)).to.equal(await redis.client.pfcount('merged'));
  });

  for (const users of [30, 1_000, 30_000]) {
    it(`have registers distributed as drawn ones, of ${users} users`, async () => {
      const random = createRandomBits(users);
      const drawn = new Float64Array(52);
      const added = new Float64Array(52);
      const drawnCounts: number[] = [];
      const addedCounts: number[] = [];
      const sketches = Math.round(3_000_000 / users / 5);
      for (let sketch = 0; sketch < Math.min(sketches, 2_000); sketch += 1) {
        const registersDrawn = drawRegisters(random, users);
        addHistogram(drawn, histogramOf(registersDrawn));
        drawnCounts.push(countRegisters(registersDrawn));
        const ids = Array.from({ length: users }, (_, user) => `${sketch}-${user}`);
        await redis.client.del('added');
        await redis.client.pfadd('added', ...ids);
        const registers = decodeSketch(await redis.client.getBuffer('added'));
        addHistogram(added, histogramOf(registers));
        addedCounts.push(countRegisters(registers));
      }
      // Registers of one sketch depend on each other a little, which makes this smaller, not larger.
      expect(chiSquaredPerDegree(drawn, added)).to.be.below(2.5);
      // Counts vary as they do for just so many users, less than for a random number with this mean.
      const limit = 1.95 * Math.sqrt(2 / drawnCounts.length);
      expect(largestGap(drawnCounts, addedCounts)).to.be.below(limit);
    });
  }

  it('overlap as the users who were added do', async () => {
    const add = async (key: string, from: number, to: number) => {
      for (let start = from; start < to; start += 10_000) {
        const ids = Array.from({ length: 10_000 }, (_, user) => `user-${start + user}`);
        await redis.client.pfadd(key, ...ids);
      }
      return decodeSketch(await redis.client.getBuffer(key));
    };
    const first = await add('first', 0, 100_000);
    const second = await add('second', 60_000, 260_000);
    const overlap = estimateOverlap(...setsOf([first, second] as [Registers, Registers]));
    const { low, high } = overlap.both.interval;
    // Half as wide again: one interval of 95 % may miss.
    expect(Math.abs(overlap.both.value - 40_000)).to.be.below(0.75 * (high - low));
    expect(overlap.reliable).to.equal(true);
    expect(overlap.jaccard.value).to.be.closeTo(40 / 260, 0.02);
  });
});

/** Half of the sketches are of random users; the other half are merges of some of those. */
async function addSketches(redis: Redis, random: RandomBits): Promise<void> {
  await redis.flushall();
  const pipeline = redis.pipeline();
  for (let index = 0; index < GROUP / 2; index += 1) {
    // From 1 to some 8,000, as many of each magnitude.
    const users = Math.ceil(Math.exp(uniform(random) * 9));
    const ids = Array.from({ length: users }, () => random());
    pipeline.pfadd(`sketch-${index}`, ...ids);
  }
  for (let index = GROUP / 2; index < GROUP; index += 1) {
    const others = Array.from({ length: 1 + (random() % 4) }, () => random() % (GROUP / 2));
    pipeline.pfmerge(`sketch-${index}`, ...others.map((other) => `sketch-${other}`));
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
}

async function readSketches(redis: Redis): Promise<{ bytes: Buffer; count: number }[]> {
  const keys = Array.from({ length: GROUP }, (_, index) => `sketch-${index}`);
  return Promise.all(
    keys.map(async (key) => ({
      bytes: (await redis.getBuffer(key)) as Buffer,
      count: await redis.pfcount(key),
    })),
  );
}

function addHistogram(sum: Float64Array, histogram: Uint32Array): void {
  for (const [value, count] of histogram.entries()) sum[value] = (sum[value] as number) + count;
}

/** Of two samples of the same size; the values that are rare in both are taken together. */
function chiSquaredPerDegree(one: Float64Array, other: Float64Array): number {
  let [sum, degrees, oneRest, otherRest] = [0, -1, 0, 0];
  const add = (a: number, b: number) => {
    sum += (a - b) ** 2 / (a + b);
    degrees += 1;
  };
  for (const [value, count] of one.entries()) {
    const otherCount = other[value] as number;
    if (count + otherCount >= 20) add(count, otherCount);
    else {
      oneRest += count;
      otherRest += otherCount;
    }
  }
  if (oneRest + otherRest > 0) add(oneRest, otherRest);
  return sum / degrees;
}

/** Kolmogorov and Smirnov's, of two samples of the same size: 1.95 sqrt(2 / size) is passed once in 1,000. */
function largestGap(one: readonly number[], other: readonly number[]): number {
  const share = (sample: readonly number[], value: number) =>
    sample.filter((each) => each <= value).length / sample.length;
  const gaps = Array.from(new Set([...one, ...other]), (value) =>
    Math.abs(share(one, value) - share(other, value)),
  );
  return Math.max(...gaps);
}
