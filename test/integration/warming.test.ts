import fc from 'fast-check';
import { groupMemberships } from '../../src/domain/membership-groups.js';
import { DAY_MS } from '../../src/domain/utc-day.js';
import { type RedisOfTwo, startRedisOfTwo, type TwoEs, WINDOW_DAYS } from '../support/two-es.js';

const SEGMENTS = ['a', 'b'];
const MINUTE_MS = 60_000;

type Which = { es: 0 | 1 };
type Step =
  | ({ kind: 'store'; segment: string; user: number; daysAgo: number; aheadMs: number } & Which)
  | ({ kind: 'count' | 'delete'; segment: string } & Which)
  | ({ kind: 'warm' } & Which)
  | { kind: 'clock'; ms: number };

describe('Windows around midnight', () => {
  let redisOfTwo: RedisOfTwo;
  const { signal } = new AbortController();
  before(async () => {
    redisOfTwo = await startRedisOfTwo();
  });
  after(() => redisOfTwo.close());

  async function take(two: TwoEs, step: Step): Promise<void> {
    if (step.kind === 'clock') {
      two.clock.time += step.ms;
      return;
    }
    const es = two.es[step.es];
    if (step.kind === 'warm') await es.warmer.round(signal);
    else if (step.kind === 'store') {
      const { segment, user, daysAgo, aheadMs } = step;
      const occurredAt = two.clocks[step.es]() - daysAgo * DAY_MS + aheadMs;
      await es.store(groupMemberships([{ segment, userId: `u${user}`, occurredAt }]));
    } else if (step.kind === 'count') await two.expectTrue(step.es, step.segment);
    else await es.remove(step.segment);
  }

  const es = fc.constantFrom<(0 | 1)[]>(0, 1);
  const segment = fc.constantFrom(...SEGMENTS);
  const of = <Kind extends string>(kind: Kind) =>
    fc.record({ kind: fc.constant(kind), es, segment });
  const store = fc.record({
    kind: fc.constant('store' as const),
    es,
    segment,
    user: fc.nat(40),
    daysAgo: fc.nat(WINDOW_DAYS),
    aheadMs: fc.constantFrom(0, 0, 0, 3_000, 240_000),
  });
  const clock = fc.record({
    kind: fc.constant('clock' as const),
    ms: fc.constantFrom(
      500,
      2_500,
      MINUTE_MS,
      4 * MINUTE_MS,
      10 * MINUTE_MS,
      25 * MINUTE_MS,
      DAY_MS,
    ),
  });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { arbitrary: store, weight: 6 },
    { arbitrary: of('count'), weight: 4 },
    { arbitrary: of('delete'), weight: 1 },
    { arbitrary: fc.record({ kind: fc.constant('warm' as const), es }), weight: 4 },
    { arbitrary: clock, weight: 3 },
  );

  for (const skewMs of [0, 2_000, -2_000, 5 * MINUTE_MS, -5 * MINUTE_MS]) {
    it(`count what their buckets count, one clock ${skewMs / 1_000} s off`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: 70 }),
          fc.array(step, { minLength: 5, maxLength: 50 }),
          async (minutes, steps) => {
            const two = await redisOfTwo.start(minutes * MINUTE_MS, skewMs);
            for (const one of two.es) await one.warmer.announce();
            for (const one of steps) await take(two, one);
            for (const which of [0, 1] as const) {
              for (const name of SEGMENTS) await two.expectTrue(which, name);
            }
          },
        ),
        { numRuns: 100 },
      );
    });
  }
});
