import { expect } from 'chai';
import { Redis } from 'ioredis';
import type { Failure } from '../../src/domain/failure.js';
import { DAY_MS, formatUtcDay, utcDay } from '../../src/domain/utc-day.js';
import { createEstimator, type Estimator } from '../../src/es/estimator.js';
import { MERGE_SCRIPT } from '../../src/es/redis/scripts/merge-script.js';
import { REMOVE_SCRIPT } from '../../src/es/redis/scripts/remove-script.js';
import { STORE_SCRIPT } from '../../src/es/redis/scripts/store-script.js';
import { startRedis, type TestRedis } from '../support/system.js';

const WINDOW_DAYS = 14;
const REGISTRY = 'es:segments';

const SCRIPTS = STORE_SCRIPT + MERGE_SCRIPT + REMOVE_SCRIPT;
/** Every command that a script names. */
const COMMANDS = new Set(Array.from(SCRIPTS.matchAll(/call\('([A-Z]+)'/g), ([, name]) => name));

type Membership = [segment: string, user: string, daysAgo: number];

/** Buckets that are known and new, of today and of before, with a window that is there and without. */
const MEMBERSHIPS: Membership[] = [
  ...[0, 1, 5].map((daysAgo): Membership => ['counted', `late${daysAgo}`, daysAgo]),
  ['counted', 'first', 3],
  ['known', 'u', 0],
  ['known', 'u', 2],
  ['new', 'u', 0],
  ['new', 'v', 4],
];

describe('The scripts of Redis', () => {
  const time = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;
  const today = utcDay(time);
  const bucketOf = (segment: string, daysAgo: number) =>
    `es:{${segment}}:${formatUtcDay(today - daysAgo)}`;
  const windowOf = (segment: string) =>
    `es:{${segment}}:window-${WINDOW_DAYS}:${formatUtcDay(today)}`;
  let redis: TestRedis;
  let user: Redis;
  let es: Estimator;
  let damages: Failure[] = [];

  before(async () => {
    redis = await startRedis();
    await redis.client.acl('SETUSER', 'admin', 'on', '>admin', '~*', '+@all');
    await redis.client.auth('admin', 'admin');
    user = new Redis({ path: redis.url.replace('unix://', '') });
    es = createEstimator({
      redis: user,
      windowDays: WINDOW_DAYS,
      now: () => time,
      maxSegments: 1_000,
      onDamaged: (failure) => damages.push(failure),
    });
  });
  after(async () => {
    user.disconnect();
    await redis.close();
  });
  beforeEach(async () => {
    damages = [];
    await redis.client.flushall();
  });
  afterEach(() => redis.client.acl('SETUSER', 'default', '~*', '+@all'));

  const group = ([segment, userId, daysAgo]: Membership) => {
    return { segment, day: today - daysAgo, userIds: [userId] };
  };

  /** Stores all as one batch. @returns the segments that failed, and how; those of a batch that failed all */
  async function store(memberships: Membership[]): Promise<Map<string, string>> {
    const failed = (error: Failure) => ({
      refused: new Map(memberships.map(([segment]) => [segment, error])),
    });
    const { refused = new Map<string, Failure>() } = await es
      .store(memberships.map(group))
      .catch(failed);
    return new Map(Array.from(refused, ([segment, { kind }]) => [segment, kind]));
  }

  async function fill(): Promise<void> {
    await store(
      [0, 1, 5].flatMap((day): Membership[] => [
        ['counted', 'u', day],
        ['known', 'w', day],
      ]),
    );
    expect(await es.count(['counted'])).to.deep.equal(new Map([['counted', 1]]));
  }

  /** Adds every membership again: no register of a bucket or of a window that is there may change. */
  async function expectWhole(memberships: Membership[]): Promise<void> {
    for (const [segment, id, daysAgo] of memberships) {
      const what = `${segment} ${id} ${daysAgo}`;
      expect(await redis.client.pfadd(bucketOf(segment, daysAgo), id), what).to.equal(0);
      if ((await redis.client.exists(windowOf(segment))) === 1) {
        expect(await redis.client.pfadd(windowOf(segment), id), `window: ${what}`).to.equal(0);
      }
      const lastDay = Number(await redis.client.zscore(REGISTRY, segment));
      expect(lastDay, what).to.be.least(today - daysAgo);
    }
    for (const key of await redis.client.keys('*')) {
      expect(await redis.client.ttl(key), key).to.be.greaterThan(0);
    }
  }

  it('are searched for commands', () => expect(COMMANDS.size).to.be.greaterThan(10));

  for (const command of COMMANDS) {
    for (const isFilled of [false, true]) {
      it(`leave nothing half done without ${command}, ${isFilled ? 'amid work' : 'from the start'}`, async () => {
        if (isFilled) await fill();
        await redis.client.acl('SETUSER', 'default', `-${command}`);
        const failed = await store(MEMBERSHIPS);
        for (const kind of failed.values()) expect(kind).to.equal('unavailable');
        await es.count(['counted', 'known']).catch(() => {});
        await es.remove('nobody').catch(() => {});
        await expectWhole(MEMBERSHIPS.filter(([segment]) => !failed.has(segment)));
        await redis.client.acl('SETUSER', 'default', '+@all');
        expect([...(await store(MEMBERSHIPS))]).to.deep.equal([]);
        await expectWhole(MEMBERSHIPS);
        expect((await es.count(['counted'])).get('counted')).to.equal(isFilled ? 5 : 4);
        await expectWhole(MEMBERSHIPS);
      });
    }
  }

  for (const pattern of ['nothing', REGISTRY, 'es:{*', 'es:{counted}:2*']) {
    it(`leave nothing half done where only keys like ${pattern} are allowed`, async () => {
      await fill();
      await redis.client.acl('SETUSER', 'default', 'resetkeys', `~${pattern}`);
      expect(new Set((await store(MEMBERSHIPS)).values())).to.deep.equal(new Set(['unavailable']));
      await redis.client.acl('SETUSER', 'default', 'allkeys');
      await store(MEMBERSHIPS);
      await expectWhole(MEMBERSHIPS);
    });
  }

  // In the header byte 15 says whether the count that is kept there is out of date.
  const header = (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 15), Buffer.from([0x80])]);
  const TEXTS: [what: string, value: (bytes: Buffer) => Buffer][] = [
    ['text', () => Buffer.from('text')],
    ['a HyperLogLog that is cut off', (bytes) => Buffer.concat([header(bytes), Buffer.from([1])])],
    [
      'a HyperLogLog with runs beyond its end',
      (bytes) => Buffer.concat([header(bytes), Buffer.alloc(50, 0x7f)]),
    ],
  ];
  const spoil = async (key: string, value: (bytes: Buffer) => Buffer) => {
    await redis.client.pfadd(key, 'u');
    await redis.client.set(key, value((await redis.client.getBuffer(key)) as Buffer), 'KEEPTTL');
  };

  for (const [what, value] of TEXTS) {
    it(`fail for the segment alone whose bucket is ${what}, and say so`, async () => {
      await fill();
      await spoil(bucketOf('counted', 0), value);
      for (const [segment, kind] of await store(MEMBERSHIPS)) {
        expect([segment, kind]).to.deep.equal(['counted', 'internal']);
      }
      await expectWhole(MEMBERSHIPS.filter(([segment]) => segment !== 'counted'));
      await redis.client.unlink(windowOf('counted'));
      const counts = await es.count(['counted', 'known', 'new']);
      expect(counts.get('counted')).to.have.property('kind', 'internal');
      expect([counts.get('known'), counts.get('new')]).to.deep.equal([2, 2]);
      const ofDays = await es.count(['counted', 'new'], 5);
      expect(ofDays.get('counted')).to.have.property('kind', 'internal');
      expect(ofDays.get('new')).to.equal(2);
      expect(damages).not.to.deep.equal([]);
      // It is mended by deleting it.
      await es.remove('counted');
      expect([...(await store(MEMBERSHIPS))]).to.deep.equal([]);
      expect((await es.count(['counted'])).get('counted')).to.equal(4);
    });

    it(`merge a window anew that is ${what}`, async () => {
      await fill();
      for (const useWindow of [() => store(MEMBERSHIPS), () => es.count(['counted'])]) {
        await spoil(windowOf('counted'), value);
        await useWindow();
        await store([...MEMBERSHIPS, ['counted', 'afterwards', 1]]);
        expect((await es.count(['counted'])).get('counted')).to.equal(6);
        await expectWhole([...MEMBERSHIPS, ['counted', 'afterwards', 1]]);
      }
    });
  }

  it('write nothing while the registry is no sorted set', async () => {
    await fill();
    await redis.client.rename(REGISTRY, 'aside');
    await redis.client.set(REGISTRY, 'text');
    const before = (await redis.client.keys('*')).sort();
    expect(new Set((await store(MEMBERSHIPS)).values())).to.deep.equal(new Set(['internal']));
    const failure = await es.remove('known').catch((error: Failure) => error);
    expect(failure).to.have.property('kind', 'internal');
    expect((await redis.client.keys('*')).sort()).to.deep.equal(before);
    await redis.client.rename('aside', REGISTRY);
    await store(MEMBERSHIPS);
    await expectWhole(MEMBERSHIPS);
  });
});
