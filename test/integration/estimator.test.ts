import { expect } from 'chai';
import keySlot from 'cluster-key-slot';
import { DAY_MS, utcDay } from '../../src/domain/utc-day.js';
import { startEs } from '../../src/es/service.js';
import { countOf, send } from '../support/http.js';
import { esConfig, startRedis, type TestRedis } from '../support/system.js';
import { until } from '../support/until.js';

/** Midnight UTC at the end of the month after next, so that Redis's own clock is behind it. */
const MONTHS_END = Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() + 3, 1);

const MARGIN_S = 3_600;

describe('what ES keeps in Redis', () => {
  let redis: TestRedis;
  let now: number;
  let base: string;
  let close: () => Promise<void>;

  before(async () => {
    redis = await startRedis();
    const es = await startEs(esConfig(redis.url), () => now);
    await es.ready;
    base = `http://127.0.0.1:${es.httpPort}`;
    close = async () => {
      await es.close();
      await redis.close();
    };
  });
  after(() => close());
  beforeEach(() => redis.client.flushall());

  async function store(segment: string, user_id: string, occurredAt?: number): Promise<number> {
    const occurred_at = occurredAt === undefined ? undefined : new Date(occurredAt).toISOString();
    return (await send(base, '/segment', { body: { segment, user_id, occurred_at } })).status;
  }

  const date = (time: number) => new Date(time).toISOString().slice(0, 10);

  /** Every key with the second it expires at; -1 is never. */
  async function expiries(): Promise<Record<string, number>> {
    const keys = (await redis.client.keys('*')).filter((key) => key !== 'es:sampling');
    const times = await Promise.all(keys.map((key) => redis.client.expiretime(key)));
    return Object.fromEntries(keys.map((key, index) => [key, times[index] as number]));
  }

  /** When a bucket of the UTC day of a moment has to expire. */
  const expiryOf = (time: number) => ((utcDay(time) + 14) * DAY_MS) / 1_000 + MARGIN_S;

  for (const [when, offset] of [
    ['at 23:59:59.9 on the last of a month', -100],
    ['at 00:00:00.1 on the first of a month', 100],
  ] as const) {
    it(`gives every key an expiry, on the right day, ${when}`, async () => {
      now = MONTHS_END + offset;
      expect(await store('sport', 'u1')).to.equal(202);
      expect(await expiries()).to.deep.equal({
        [`es:{sport}:${date(now)}`]: expiryOf(now),
        [`es:{sport}:${date(now)}:sample`]: expiryOf(now),
        'es:segments': expiryOf(now),
      });
    });
  }

  it('counts a day until it is the 15th, whatever the hour', async () => {
    const day = MONTHS_END;
    for (const hour of [0, 23.999]) {
      await redis.client.flushall();
      now = day + hour * 3_600_000;
      await store('sport', 'u1');
      for (let later = 0; later < 14; later += 1) {
        now = day + later * DAY_MS;
        expect(await countOf(base, 'sport'), `day ${later} begins`).to.equal(1);
        now = day + (later + 1) * DAY_MS - 1;
        expect(await countOf(base, 'sport'), `day ${later} ends`).to.equal(1);
      }
      now = day + 14 * DAY_MS;
      expect(await countOf(base, 'sport'), 'the 15th day').to.equal(0);
    }
  });

  it('takes a membership for the day it happened on', async () => {
    now = MONTHS_END + 100;
    await store('sport', 'u1', now - 200);
    await store('sport', 'u2', now - 13 * DAY_MS);
    await store('sport', 'u3', now + 5 * 60_000);
    expect(Object.keys(await expiries())).to.include.members([
      `es:{sport}:${date(MONTHS_END - 1)}`,
      `es:{sport}:${date(MONTHS_END - 13 * DAY_MS)}`,
      `es:{sport}:${date(MONTHS_END)}`,
    ]);
    expect(await store('sport', 'u4', now - 14 * DAY_MS)).to.equal(400);
    expect(await store('sport', 'u5', MONTHS_END - 13 * DAY_MS)).to.equal(202);
    expect(await store('sport', 'u6', MONTHS_END - 13 * DAY_MS - 1)).to.equal(400);
    expect(await countOf(base, 'sport')).to.equal(4);
  });

  it('counts what happens shortly after midnight only once it is midnight', async () => {
    now = MONTHS_END - 1_000;
    await store('sport', 'u1', MONTHS_END + 1_000);
    expect(await countOf(base, 'sport')).to.equal(0);
    now = MONTHS_END;
    expect(await countOf(base, 'sport')).to.equal(1);
  });

  it('does not move an expiry with later stores', async () => {
    now = MONTHS_END;
    await store('sport', 'u1');
    const first = await expiries();
    now += 10 * DAY_MS;
    await store('sport', 'u2', MONTHS_END);
    expect(await expiries()).to.deep.include({
      [`es:{sport}:${date(MONTHS_END)}`]: first[`es:{sport}:${date(MONTHS_END)}`],
    });
  });

  it('knows the segments and the last day each was active', async () => {
    now = MONTHS_END;
    await store('old', 'u1', now - 5 * DAY_MS);
    await store('new', 'u1');
    await store('new', 'u1', now - 5 * DAY_MS);
    const day = utcDay(MONTHS_END);
    const known = () => redis.client.zrange('es:segments', '0', '-1', 'WITHSCORES');
    expect(await known()).to.deep.equal(['old', String(day - 5), 'new', String(day)]);
    expect((await expiries())['es:segments']).to.equal(expiryOf(now));

    now += 9 * DAY_MS;
    await store('other', 'u1');
    expect(await known()).to.deep.equal(['new', String(day), 'other', String(day + 9)]);
    expect((await expiries())['es:segments']).to.equal(expiryOf(now));
  });

  it('keeps all keys of a segment on one slot of a Cluster, and segments apart', async () => {
    now = MONTHS_END;
    const names = ['{a}b', '{a}c', 'a}', '}{', '{}', '%7B', '{', 'a:b', 'es:{a}', 'день'];
    for (const name of names) {
      for (const days of [0, 3]) await store(name, name, now - days * DAY_MS);
    }
    for (const name of names) expect(await countOf(base, name), name).to.equal(1);

    const keys = (await redis.client.keys('*')).filter((key) => key.includes('{'));
    // Two buckets and a window each, and their samples.
    expect(keys).to.have.length(names.length * 6);
    const slots = new Map<string, Set<number>>();
    for (const key of keys) {
      const segment = key.slice(0, key.indexOf('}:'));
      slots.set(segment, (slots.get(segment) ?? new Set()).add(keySlot(key)));
    }
    expect(slots.size).to.equal(names.length);
    for (const [segment, used] of slots) expect(used.size, segment).to.equal(1);
  });

  it('counts on while Redis has no memory left', async () => {
    now = Date.now();
    for (const user of ['u1', 'u2', 'u3']) {
      expect(await store('sport', user, now - DAY_MS)).to.equal(202);
    }
    await redis.client.config('SET', 'maxmemory', '1');
    expect(await store('sport', 'u4')).to.equal(503);
    expect(await countOf(base, 'sport')).to.equal(3);
    const { json } = await send(base, '/segment/sport/estimate');
    expect(json.user_count).to.equal(3);
    const readiness = () => send(base, '/readyz');
    await until(async () => (await readiness()).status === 503);
    expect((await readiness()).json.detail).to.equal(
      'not ready: redis is not ready, it is full (maxmemory): stores are refused, counts go on',
    );
    expect((await readiness()).json.checks).to.deep.equal({ redis: 'not-ready' });
    await redis.client.config('SET', 'maxmemory', '0');
    await until(async () => (await readiness()).status === 200);
    expect(await store('sport', 'u4')).to.equal(202);
    expect(await countOf(base, 'sport')).to.equal(4);
  });

  it('stores each batch of a body in one command, whatever its make-up', async () => {
    now = MONTHS_END;
    const lines = Array.from({ length: 10_000 }, (_, index) =>
      JSON.stringify({
        segment: index < 9_000 ? 'large' : `s${index % 100}`,
        user_id: `u${index}`,
      }),
    );
    await redis.client.config('RESETSTAT');
    const { json } = await send(base, '/segments', {
      body: lines.join('\n'),
      headers: { 'content-type': 'application/x-ndjson' },
    });
    expect(json.accepted).to.equal(10_000);
    const stats = await redis.client.info('commandstats');
    // A batch that was sent while the sample was cut may have to be sent again, which happens once for each limit at most.
    const calls = Number(/cmdstat_evalsha:calls=(\d+),/.exec(stats)?.[1]);
    expect(calls).to.be.within(5, 9);
    expect(await countOf(base, 'large')).to.be.closeTo(9_000, 9_000 * 4 * 0.0081);
    expect(await countOf(base, 's7')).to.be.closeTo(10, 1);
  });
});
