import { expect } from 'chai';
import { Redis } from 'ioredis';
import { DAY_MS, formatUtcDay, utcDay } from '../../src/domain/utc-day.js';
import { createEstimator } from '../../src/es/estimator.js';
import { startRedis, type TestRedis } from '../support/system.js';

const NOON = utcDay(Date.now()) * DAY_MS + DAY_MS / 2;
const TODAY = utcDay(NOON);

describe('Which samples are made and trusted', () => {
  let redis: TestRedis;
  let connection: Redis;
  let reduced: number[];
  before(async () => {
    redis = await startRedis();
    connection = new Redis(redis.url.replace('unix://', ''));
  });
  after(async () => {
    connection.disconnect();
    await redis.close();
  });
  beforeEach(async () => {
    reduced = [];
    await redis.client.flushall();
    await redis.client.config('SET', 'set-max-intset-entries', '1040');
  });

  let clock = NOON;
  const startEs = (time: number | null = NOON, sampleSize = 1_024) =>
    createEstimator({
      redis: connection,
      windowDays: 14,
      now: () => time ?? clock,
      sampleSize,
      onSampleSize: (size) => reduced.push(size),
    });
  type Es = ReturnType<typeof startEs>;
  const store = (es: Es, segment: string, day: number, users = ['u']) =>
    es.store([{ segment, day, userIds: users }]);
  const sampled = async (segment: string, day: number) =>
    (await redis.client.exists(`es:{${segment}}:${formatUtcDay(day)}:sample`)) === 1;
  const isExact = async (es: Es, segment: string, day: number) => {
    const [count] = await es.reader.ofDays([segment], [day]);
    return (count as { exact: boolean }).exact;
  };

  it('are those of all days where Redis was empty', async () => {
    const es = startEs();
    await store(es, 'a', TODAY - 13);
    expect(await sampled('a', TODAY - 13)).to.equal(true);
    expect(await redis.client.get('es:sampling')).to.equal('0');
    expect(await isExact(es, 'a', TODAY - 13)).to.equal(true);
  });

  it('are those of the next days where something was stored', async () => {
    await redis.client.zadd('es:segments', TODAY, 'old');
    await redis.client.pfadd(`es:{old}:${formatUtcDay(TODAY)}`, 'v');
    const es = startEs();
    for (const segment of ['old', 'new']) await store(es, segment, TODAY);
    expect([await sampled('old', TODAY), await sampled('new', TODAY)]).to.deep.equal([
      false,
      false,
    ]);
    expect(await redis.client.get('es:sampling')).to.equal(String(TODAY));
    const tomorrow = startEs(NOON + DAY_MS);
    await store(tomorrow, 'old', TODAY + 1);
    expect(await sampled('old', TODAY + 1)).to.equal(true);
    expect(await isExact(tomorrow, 'old', TODAY + 1)).to.equal(true);
    expect(await isExact(tomorrow, 'old', TODAY)).to.equal(false);
    const [window] = await tomorrow.reader.ofWindows(['old'], TODAY + 1);
    expect(window).to.deep.equal({ users: 2, exact: false });
    // It is tried once.
    expect(await redis.client.get(`es:{old}:window-14:${formatUtcDay(TODAY + 1)}:sample`)).to.equal(
      '',
    );
  });

  it('are those of the next days where another ES has announced itself, from the day after that on at the end of a day', async () => {
    await redis.client.set('es:warming-announced', TODAY);
    await store(startEs((TODAY + 1) * DAY_MS - 1_000), 'a', TODAY);
    expect(await redis.client.get('es:sampling')).to.equal(String(TODAY + 1));
  });

  it('stay the same when Redis has lost the day', async () => {
    clock = NOON;
    const es = startEs(null);
    await store(es, 'a', TODAY);
    await redis.client.unlink('es:sampling');
    clock += 120_000;
    await es.catchUp();
    expect(await redis.client.get('es:sampling')).to.equal('0');
  });

  it('are as small as a server needs it, which is said', async () => {
    await redis.client.config('SET', 'set-max-intset-entries', '100');
    const es = startEs();
    const users = Array.from({ length: 85 }, (_, index) => `u${index}`);
    await store(es, 'full', TODAY, users.slice(0, 84));
    await store(es, 'larger', TODAY, users);
    expect([await isExact(es, 'full', TODAY), await isExact(es, 'larger', TODAY)]).to.deep.equal([
      true,
      false,
    ]);
    expect(reduced).to.deep.equal([84]);
  });

  it('are not made with a size of 0, and those of others are removed', async () => {
    await store(startEs(), 'a', TODAY);
    await store(startEs(), 'a', TODAY - 1);
    await store(startEs(NOON, 0), 'a', TODAY);
    expect([await sampled('a', TODAY), await sampled('a', TODAY - 1)]).to.deep.equal([false, true]);
    expect((await startEs().count(['a'])).get('a')).to.equal(1);
  });

  it('are whole beside an ES that knew of none before its segment was deleted by another', async () => {
    const [one, other] = [startEs(), startEs()];
    await store(one, 'a', TODAY);
    await redis.client.unlink(`es:{a}:${formatUtcDay(TODAY)}:sample`);
    await store(one, 'a', TODAY, ['v']);
    await other.remove('a');
    await store(other, 'a', TODAY, ['w']);
    await store(one, 'a', TODAY, ['x', 'y']);
    expect(await other.reader.ofWindows(['a'], TODAY)).to.deep.equal([{ users: 3, exact: true }]);
  });

  for (const allowed of ['10', '16', '18', '24', '31']) {
    it(`are removed where a server allows ${allowed} entries, and no user is left out`, async () => {
      const users = Array.from({ length: 330 }, (_, index) => `u${index}`);
      await store(startEs(), 'a', TODAY, users.slice(0, 300));
      await redis.client.config('SET', 'set-max-intset-entries', allowed);
      await store(startEs(), 'a', TODAY, users);
      expect(await sampled('a', TODAY)).to.equal(false);
      await redis.client.pfadd('fresh', ...users);
      expect((await startEs().count(['a'])).get('a')).to.equal(await redis.client.pfcount('fresh'));
    });
  }

  it('of a size of 0 are removed by an ES that came before all others', async () => {
    const none = startEs(NOON, 0);
    await none.count(['a']);
    await store(startEs(), 'a', TODAY);
    await store(none, 'a', TODAY, ['v']);
    expect(await startEs().reader.ofWindows(['a'], TODAY)).to.deep.equal([
      { users: 2, exact: false },
    ]);
  });

  it('are no more than a server of Redis that does not answer would allow', async () => {
    const away = new Redis({ path: '/nowhere', lazyConnect: true, enableOfflineQueue: false });
    away.on('error', () => {});
    const es = createEstimator({ redis: away, windowDays: 14, now: () => NOON });
    const failure = await store(es, 'a', TODAY).catch((error: unknown) => error);
    expect(failure).to.have.property('kind', 'unavailable');
    away.disconnect();
  });

  it('are removed while a server allows none at all', async () => {
    await store(startEs(), 'a', TODAY);
    await redis.client.config('SET', 'set-max-intset-entries', '16');
    await store(startEs(), 'a', TODAY, ['v']);
    expect(await sampled('a', TODAY)).to.equal(false);
  });

  it('are removed where they are something else; nothing fails', async () => {
    const es = startEs();
    await store(es, 'a', TODAY);
    await redis.client.set(`es:{a}:${formatUtcDay(TODAY)}:sample`, 'text');
    expect(await store(es, 'a', TODAY, ['v', 'w'])).not.to.have.property('refused');
    expect(await sampled('a', TODAY)).to.equal(false);
    expect(await es.reader.ofWindows(['a'], TODAY)).to.deep.equal([{ users: 3, exact: false }]);
  });

  it('are not trusted where PFCOUNT says clearly more', async () => {
    const es = startEs();
    await store(es, 'a', TODAY);
    const many = Array.from({ length: 50 }, (_, index) => `former${index}`);
    await redis.client.pfadd(`es:{a}:${formatUtcDay(TODAY)}`, ...many);
    expect(await es.reader.ofDays(['a'], [TODAY])).to.deep.equal([{ users: 51, exact: false }]);
    expect((await es.reader.sample('a', TODAY, 1)).limit).to.equal(0);
  });
});
