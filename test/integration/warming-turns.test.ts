import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createKeys } from '../../src/es/redis/keys.js';
import { createAnnouncement } from '../../src/es/redis/warming/announcement.js';
import { createTurns } from '../../src/es/redis/warming/turns.js';
import { startRedis, type TestRedis } from '../support/system.js';

const keys = createKeys(14, false);

describe('What several ES agree on to merge windows ahead', () => {
  let redis: TestRedis;
  let connections: Redis[];
  const { signal } = new AbortController();
  before(async () => {
    redis = await startRedis();
    connections = [0, 1, 2].map(() => new Redis(redis.url.replace('unix://', '')));
  });
  after(async () => {
    for (const connection of connections) connection.disconnect();
    await redis.close();
  });
  beforeEach(() => redis.client.flushall());

  it('is whose turn it is: one at a time, and each gets some', async () => {
    const done: number[] = [];
    let working = 0;
    const takeSome = async (connection: Redis, es: number) => {
      const turns = createTurns(connection, keys.turn, 90);
      for (let turn = 0; turn < 5; turn += 1) {
        await turns.take(async () => {
          working += 1;
          expect(working).to.equal(1);
          await connection.ping();
          working -= 1;
          done.push(es);
        }, signal);
      }
    };
    await Promise.all(connections.map(takeSome));
    expect(done).to.have.length(15);
  });

  it('is how long nobody has a turn after one: so long that it was their share of the time', async () => {
    for (const percent of [1, 5, 50]) {
      await redis.client.del(keys.turn);
      let took = 0;
      const turns = createTurns(redis.client, keys.turn, percent, (ms) => {
        took = ms;
      });
      const work = () => redis.client.eval('for i = 1, 1e7 do end return redis.call("PING")', 0);
      await turns.take(work, signal);
      const rest = await redis.client.pttl(keys.turn);
      const whole = took * (100 / percent - 1);
      expect(rest).to.be.most(Math.ceil(whole));
      // What is missing is the time since.
      expect(await redis.client.set(keys.turn, '', 'PX', 1, 'NX')).to.equal(null);
    }
  });

  it('is left by one that fails, and by one that stops while it waits', async () => {
    const turns = createTurns(redis.client, keys.turn, 100);
    const failed = await turns.take(() => Promise.reject(new Error('no')), signal).catch(String);
    expect(failed).to.equal('Error: no');
    expect(await redis.client.exists(keys.turn)).to.equal(0);
    await redis.client.set(keys.turn, '');
    const stopping = new AbortController();
    const waiting = turns
      .take(() => redis.client.ping(), stopping.signal)
      .catch(({ name }) => name);
    stopping.abort();
    expect(await waiting).to.equal('AbortError');
  });

  it('is since when all add to windows of tomorrow: of an empty Redis at once, else the day after', async () => {
    const of = (known: number) => createAnnouncement(redis.client, keys, async () => known);
    for (const [known, isOld] of [
      [0, true],
      [1, false],
    ] as const) {
      await redis.client.flushall();
      const [first, second] = [of(known), of(7)];
      expect(first.isOld(1_000)).to.equal(false);
      await first.renew(1_000);
      // It knows of the first by Redis, whatever it would have found.
      await second.renew(1_001);
      expect([first.isOld(1_000), second.isOld(1_000)]).to.deep.equal([isOld, isOld]);
      expect(second.isOld(1_001)).to.equal(true);
      expect(await redis.client.ttl(keys.announced)).to.be.within(1, 600);
    }
  });
});
