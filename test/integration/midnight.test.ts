import { expect } from 'chai';
import { Cluster, Redis } from 'ioredis';
import { DAY_MS, formatUtcDay, utcDay, windowOf } from '../../src/domain/utc-day.js';
import { type Es, startEs } from '../../src/es/service.js';
import { type EitherRedis, startEitherRedis } from '../support/either-redis.js';
import { countOf, send } from '../support/http.js';
import { esConfig } from '../support/system.js';
import { until } from '../support/until.js';

/** A UTC midnight ahead of Redis's own clock, so that nothing expires while the clock of a test runs on. */
const MIDNIGHT = (utcDay(Date.now()) + 100) * DAY_MS;
const MINUTE_MS = 60_000;
const WINDOW_DAYS = 14;

/** Minutes before midnight, where something is stored and all is counted. */
const STEPS = [30, 25, 15, 8, 5, 4, 3, 1, 0.1, 0, -0.1, -1, -5, -15, -30];

const COUNTED = Array.from({ length: 40 }, (_, index) => `counted${index}`);
const NEVER_COUNTED = ['idle0', 'idle1'];

for (const mode of ['single', 'cluster'] as const)
  describe(`Two ES over midnight (${mode})`, () => {
    let redis: EitherRedis;
    let client: Redis | Cluster;
    const services: Es[] = [];
    let bases: string[] = [];
    // Before anything may be merged ahead.
    const clock = { time: MIDNIGHT - 90 * MINUTE_MS };
    /** The clock of the second ES is two seconds behind. */
    const SKEWS = [0, -2_000];
    before(async () => {
      redis = await startEitherRedis(mode);
      const { url } = redis.settings;
      client = mode === 'cluster' ? new Cluster(url.split(',')) : new Redis(url);
      for (const skew of SKEWS) {
        services.push(
          await startEs(
            esConfig('', { redis: redis.settings, window: { warmPercent: 5 } }),
            () => clock.time + skew,
          ),
        );
      }
      await Promise.all(services.map(({ ready }) => ready));
      bases = services.map(({ httpPort }) => `http://127.0.0.1:${httpPort}`);
    });
    after(async () => {
      for (const es of services) await es.close();
      client.disconnect();
      await redis.close();
    });

    let users = 0;
    async function store(segment: string, daysAgo: number): Promise<void> {
      const occurred_at = new Date(clock.time - 2_000 - daysAgo * DAY_MS).toISOString();
      users += 1;
      const body = { segment, user_id: `u${users}`, occurred_at };
      const { status, text } = await send(bases[users % 2] as string, '/segment', { body });
      expect(status, text).to.equal(202);
    }

    /** Counts at both, and compares with what the buckets of their windows count. */
    async function expectTrue(segments: readonly string[]): Promise<void> {
      for (const segment of segments) {
        for (const [index, base] of bases.entries()) {
          const days = windowOf(utcDay(clock.time + (SKEWS[index] as number)), WINDOW_DAYS);
          const buckets = days.map((day) => `es:{${segment}}:${formatUtcDay(day)}`);
          const exact = await client.pfcount(...buckets);
          expect(await countOf(base, segment), `${segment} at ${clock.time}`).to.equal(exact);
        }
      }
    }

    const made = async (command: string) => {
      let calls = 0;
      for (const server of redis.servers) {
        const stats = await server.client.info('commandstats');
        calls += Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
      }
      return calls;
    };
    const metric = async (name: string) => {
      let sum = 0;
      for (const base of bases) {
        const { text } = await send(base, '/metrics');
        sum += Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
      }
      return sum;
    };
    const warm = async () => {
      const pattern = `*:window-*:${formatUtcDay(utcDay(MIDNIGHT))}`;
      return (await Promise.all(redis.servers.map((server) => server.client.keys(pattern)))).flat();
    };

    it('count what the buckets count at every step, and merge no window that was counted the day before', async () => {
      for (const segment of [...COUNTED, ...NEVER_COUNTED]) {
        for (const daysAgo of [0, 1, 13]) await store(segment, daysAgo);
      }
      await expectTrue(COUNTED);
      const [merges, cold] = [
        await made('pfmerge'),
        await metric('segmentation_window_merges_total'),
      ];
      for (const minutes of STEPS) {
        clock.time = MIDNIGHT - minutes * MINUTE_MS;
        // They come in the order of their own, and then stores and late memberships keep them up to date.
        await until(async () => (await warm()).length >= COUNTED.length);
        for (const segment of COUNTED) await store(segment, users % (WINDOW_DAYS - 1));
        await expectTrue(COUNTED);
      }
      expect((await warm()).filter((key) => key.includes('idle'))).to.deep.equal([]);
      expect((await made('pfmerge')) - merges).to.equal(COUNTED.length);
      expect(await metric('segmentation_window_merges_total')).to.equal(cold);
      expect(await metric('segmentation_windows_warmed_total')).to.be.least(COUNTED.length);
      expect(await metric('segmentation_window_warming_seconds_total')).to.be.above(0);

      await expectTrue(NEVER_COUNTED);
      expect(await made('pfmerge')).to.equal(merges + COUNTED.length + NEVER_COUNTED.length);
    });
  });
