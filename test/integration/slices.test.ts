import { expect } from 'chai';
import fc from 'fast-check';
import type { Command } from 'ioredis';
import { Redis } from 'ioredis';
import { DAY_MS, formatUtcDay, utcDay } from '../../src/domain/utc-day.js';
import { createEstimator } from '../../src/es/estimator.js';
import { COUNTED_TOGETHER, KEYS_IN_SLICE, SLICES_IN_FLIGHT } from '../../src/limits/in-flight.js';
import { startRedis, type TestRedis } from '../support/system.js';

const WINDOW_DAYS = 14;
const NOW = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;
const SEGMENTS = Array.from({ length: 100 }, (_, index) => `s${index}`);

/** Follows how many keys the commands read that Redis has not answered yet, and how many that read one are sent at once. */
function watchKeys(redis: Redis) {
  const watched = { now: 0, most: 0, windows: 0, mostWindows: 0, sent: [] as string[] };
  const send = redis.sendCommand.bind(redis) as (command: Command, ...rest: unknown[]) => unknown;
  redis.sendCommand = (command: Command, ...rest: unknown[]) => {
    const keys = command.getKeys().length;
    if (command.name === 'pfcount' && keys === 1) {
      if (watched.windows === 0) setImmediate(() => Object.assign(watched, { windows: 0 }));
      watched.windows += 1;
      watched.mostWindows = Math.max(watched.mostWindows, watched.windows);
    } else if (keys > 1) {
      watched.sent.push(`${command.getKeys()[1]}`);
      watched.now += keys;
      watched.most = Math.max(watched.most, watched.now);
      const answered = () => {
        watched.now -= keys;
      };
      command.promise.then(answered, answered);
    }
    return send(command, ...rest);
  };
  return watched;
}

describe('Counts that take Redis long', () => {
  let redis: TestRedis;
  let reads: Redis;
  before(async () => {
    redis = await startRedis();
    const pipeline = redis.client.pipeline();
    for (let daysAgo = 0; daysAgo < WINDOW_DAYS; daysAgo += 1) {
      const day = formatUtcDay(utcDay(NOW) - daysAgo);
      for (const segment of SEGMENTS) pipeline.pfadd(`es:{${segment}}:${day}`, `u${daysAgo}`);
    }
    await pipeline.exec();
  });
  after(() => redis.close());
  beforeEach(async () => {
    reads = new Redis(redis.url.replace('unix://', ''));
    // What waits for a connection is given to it a second time.
    await reads.ping();
  });
  afterEach(() => reads.disconnect());

  const estimatorOf = () =>
    createEstimator({ redis: redis.client, reads, windowDays: WINDOW_DAYS, now: () => NOW });

  /** A script of a merge has the window beside its buckets. */
  const MOST_KEYS = SLICES_IN_FLIGHT * KEYS_IN_SLICE * (1 + 1 / WINDOW_DAYS);

  it('give Redis at most two slices at once, however much is asked for', async () => {
    const call = fc.record({
      segments: fc.integer({ min: 1, max: SEGMENTS.length }),
      days: fc.integer({ min: 1, max: WINDOW_DAYS }),
    });
    const watched = watchKeys(reads);
    const es = estimatorOf();
    const windows = SEGMENTS.map((name) => `es:{${name}}:window-14:${formatUtcDay(utcDay(NOW))}`);
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 8 }), async (calls) => {
        await redis.client.unlink(...windows);
        const counts = await Promise.all(
          calls.map(({ segments, days }) => es.count(SEGMENTS.slice(0, segments), days)),
        );
        for (const [index, { segments, days }] of calls.entries()) {
          const expected = SEGMENTS.slice(0, segments).map((name) => [name, days]);
          expect([...(counts[index] ?? [])]).to.deep.equal(expected);
        }
      }),
      { numRuns: 30 },
    );
    expect(watched.most).to.be.within(1, MOST_KEYS);
  });

  it('over windows that are there, too: a hundred at once for a call', async () => {
    const watched = watchKeys(reads);
    const es = estimatorOf();
    const many = Array.from({ length: 1_000 }, (_, index) => `unknown${index}`);
    const counts = await es.reader.ofMerged(many, utcDay(NOW));
    expect(counts).to.deep.equal(many.map(() => ({ users: 0, exact: true })));
    expect(watched.mostWindows).to.equal(COUNTED_TOGETHER);
  });

  it('take turns: a short one waits for a slice of each, not for the whole of another', async () => {
    const watched = watchKeys(reads);
    const es = estimatorOf();
    const [, ...long] = SEGMENTS;
    await Promise.all([es.count(long, 13), es.count(long, 13), es.count(['s0'], 13)]);
    const position = watched.sent.findIndex((key) => key.startsWith('es:{s0}'));
    expect(position).to.be.within(1, 4 * Math.floor(KEYS_IN_SLICE / 13));
  });
});
