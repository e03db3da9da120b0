import { expect } from 'chai';
import { DAY_MS, formatUtcDay, utcDay, windowOf } from '../../src/domain/utc-day.js';
import { startEs as startService } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { send, untilReady } from '../support/http.js';
import { type Running, startNode } from '../support/process.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { esConfig, ussConfig } from '../support/system.js';
import { timeLimit } from '../support/time-limit.js';
import { until } from '../support/until.js';

const MINUTE_MS = 60_000;

/** How much later than Redis's the clocks of two ES are. */
const CLOCKS: Record<string, [number, number]> = {
  'three minutes to either side': [3 * MINUTE_MS, -3 * MINUTE_MS],
  'six minutes to either side': [-6 * MINUTE_MS, 6 * MINUTE_MS],
  'one of them a day ahead': [DAY_MS, 0],
  'one of them a day behind': [0, -DAY_MS],
  'one of them 20 days behind': [-20 * DAY_MS, 0],
};

/** How long before midnight the clock of Redis is at the start; both ES have to be there before. */
const BEFORE_MIDNIGHT_MS = 5_000;

/** Has a Redis behind a proxy tell another time; for scripts it is the real one. */
function shiftTime(proxy: FaultProxy, aheadMs: number): void {
  const seconds = Math.round(aheadMs / 1_000);
  const shift = (_all: string, head: string, time: string) => head + (Number(time) + seconds);
  proxy.fault(
    {
      change: (bytes) =>
        Buffer.from(
          bytes
            .toString('latin1')
            .replace(/(\*2\r\n\$10\r\n)(\d{10})(?=\r\n\$\d\r\n\d+\r\n)/g, shift),
          'latin1',
        ),
    },
    'toClient',
  );
}

describe('Clocks that differ from that of Redis', () => {
  let redis: RedisServer;
  let proxy: FaultProxy;
  const services: Running[] = [];
  beforeEach(async () => {
    redis = await startRedisServer();
    proxy = await startFaultProxy(redis.port);
  });
  afterEach(async () => {
    for (const service of services.splice(0)) await service.kill();
    await proxy.close();
    await redis.close();
  });

  async function startEs(offMs: number): Promise<string> {
    const es = startNode('dist/es/main.js', {
      CLOCK_OFF_MS: String(offMs),
      NODE_OPTIONS: `--import ${new URL('../support/clock-off.mjs', import.meta.url).href}`,
      ES_REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      ES_HTTP_PORT: '0',
      ES_GRPC_PORT: '0',
    });
    services.push(es);
    const [, port] = await es.printed(/REST on 127\.0\.0\.1:(\d+)/);
    // What it makes of its clock is said after it has looked at that of Redis.
    await es.printed(/the clock of Redis is|Redis at .* is reached/);
    return `http://127.0.0.1:${port}`;
  }

  for (const [title, offs] of Object.entries(CLOCKS)) {
    it(`leave nothing uncounted over midnight: ${title}`, async () => {
      // Never back: what comes later than its deadline by the real clock is not done.
      const beforeMs = timeLimit(BEFORE_MIDNIGHT_MS);
      const midnight = Math.ceil((Date.now() + 2 * beforeMs) / DAY_MS) * DAY_MS;
      const ahead = midnight - beforeMs - Date.now();
      shiftTime(proxy, ahead);
      const bases: string[] = [];
      for (const off of offs) bases.push(await startEs(off + ahead));
      const users: string[] = [];
      const post = async (base: string) => {
        const user_id = `u${users.length}`;
        users.push(user_id);
        const { status, text } = await send(base, '/segment', { body: { segment: 's', user_id } });
        expect(status, text).to.equal(202);
      };
      const counts = () =>
        Promise.all(bases.map(async (base) => (await send(base, '/segment/s')).json.user_count));
      while (Date.now() + ahead < midnight + 1_500) {
        for (const base of bases) await post(base);
        if (users.length % 8 === 0) await counts();
      }

      const today = utcDay(midnight);
      const buckets = windowOf(today, 14).map((day) => `es:{s}:${formatUtcDay(day)}`);
      const exact = await redis.client.pfcount(...buckets);
      expect(await counts()).to.deep.equal([exact, exact]);
      const window = `es:{s}:window-14:${formatUtcDay(today)}`;
      expect(await redis.client.pfcount(window)).to.equal(exact);
      expect(await redis.client.pfadd(window, ...users)).to.equal(0);
      const days = (await redis.client.keys('es:{s}:2*-??')).sort();
      expect(days).to.deep.equal(buckets.slice(-2));
    });
  }

  it('keep USS from being ready from two minutes on, which says so', async () => {
    const es = await startService(esConfig(`redis://127.0.0.1:${redis.port}`));
    const { grpcPort } = es;
    try {
      for (const off of [-MINUTE_MS * 3, -MINUTE_MS, 0, MINUTE_MS, 3 * MINUTE_MS]) {
        const uss = await startUss(ussConfig(grpcPort), () => Date.now() + off);
        const base = `http://127.0.0.1:${uss.httpPort}`;
        const direction = off < 0 ? 'ahead of' : 'behind';
        const words = new RegExp(
          `es is not ready, the clock of ES is (179|180).\\d s ${direction} that of this machine`,
        );
        if (Math.abs(off) > 2 * MINUTE_MS)
          await until(async () => words.test((await send(base, '/readyz')).json.detail));
        else await untilReady(base);
        await uss.close();
      }
    } finally {
      await es.close();
    }
  });
});
