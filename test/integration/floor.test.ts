import { expect } from 'chai';
import { type EsSystem, startEsWithRedis, storeUsers } from '../support/es.js';
import { countOf, send } from '../support/http.js';
import { holds } from '../support/sketches.js';
import type { TestRedis } from '../support/system.js';

const LEAST = 50;
const PART = 2 * LEAST;

describe('The least count that is told', () => {
  let system: EsSystem & { redis: TestRedis };
  let base: string;
  before(async () => {
    system = await startEsWithRedis([{ minReportedCount: LEAST }]);
    base = system.urls[0];
    await storeUsers(base, 'small', [0, 20], 2);
    await storeUsers(base, 'small', [0, 40]);
    await storeUsers(base, 'large', [30, 1_030]);
    await storeUsers(base, 'large', [1_010, 1_040], 8);
    await storeUsers(base, 'apart', [5_000, 6_000]);
    await storeUsers(base, 'inside', [100, 700]);
    await storeUsers(base, 'crossing', [600, 2_000]);
  });
  after(() => system.close());

  const overlapOf = async (...segments: string[]) =>
    (await send(base, '/overlap', { body: { segments } })).json;
  const estimateOf = async (expression: object) =>
    (await send(base, '/estimate', { body: expression })).json;
  const hidden = (high: number) => ({
    user_count: 0,
    interval: { low: 0, high },
    below_floor: true,
  });

  it('holds for plain counts, over REST and gRPC, which are told in multiples of it', async () => {
    expect(await countOf(base, 'small')).to.equal(0);
    expect(await countOf(base, 'small', '?days=2')).to.equal(0);
    expect(await countOf(base, 'large')).to.be.closeTo(1_000, LEAST);
    const segments = ['small', 'large'];
    const { json } = await send(base, '/counts', { body: { segments } });
    const { counts } = await system.rpc.call('CountBatch', { segments });
    for (const [small, large] of [json.counts, counts]) {
      expect(small.user_count).to.equal(0);
      expect(large.user_count).to.be.above(LEAST);
      expect(large.user_count % LEAST).to.equal(0);
    }
    expect((await system.rpc.call('Count', { segment: 'small' })).user_count).to.equal(0);
  });

  it('tells parts of the window, which may differ by few users, in multiples of twice that', async () => {
    const counts = await Promise.all(
      Array.from({ length: 14 }, (_, index) => countOf(base, 'large', `?days=${index + 1}`)),
    );
    for (const count of counts.slice(0, -1)) expect(count % PART).to.equal(0);
    const { history } = (await send(base, '/segment/large/history')).json;
    for (const { user_count, rolling } of history) {
      expect(user_count % PART).to.equal(0);
      expect(rolling.user_count % (rolling.days === 14 ? LEAST : PART)).to.equal(0);
    }
    const { segments } = (await send(base, '/segments?details=true&search=large')).json;
    const [{ user_count, week, days }] = segments;
    expect(user_count).to.equal(counts[13]);
    expect(week).to.deep.equal({ now: counts[6], before: 0 });
    expect(days).to.deep.equal(history.map((day: { user_count: number }) => day.user_count));
  });

  it('holds for lists, their order and their cursors', async () => {
    const { json } = await send(base, '/segments?details=true&sort=count');
    const small = json.segments.at(-1);
    expect(small).to.deep.include({ segment: 'small', user_count: 0 });
    expect(small.week).to.deep.equal({ now: 0, before: 0 });
    expect(new Set(small.days)).to.deep.equal(new Set([0]));
    const { next_cursor } = (await send(base, '/segments?sort=count&limit=1')).json;
    const [, , , , number] = JSON.parse(Buffer.from(next_cursor, 'base64url').toString());
    expect(number % LEAST).to.equal(0);
  });

  it('leaves nothing in an estimate but what the rounded count says', async () => {
    const { json } = await send(base, '/segment/large/estimate');
    expect(json).not.to.have.property('below_floor');
    expect(json.user_count % LEAST).to.equal(0);
    expect(holds(json.interval, json.user_count)).to.equal(true);
    expect(json.interval.high).to.be.at.least(json.user_count + LEAST - 1);
    const estimate = (await send(base, '/segment/small/estimate')).json;
    expect(estimate).to.deep.include({ ...hidden(LEAST - 1), standard_error: 0 });
    const ofToday = (await send(base, '/segment/small/estimate?days=1')).json;
    expect(ofToday).to.deep.include({ ...hidden(PART - 1), standard_error: 0 });
    const { below_floor } = await system.rpc.call('Estimate', { segment: 'small' });
    expect(below_floor).to.equal(true);
  });

  it('tells few from none in nothing', async () => {
    const [few, none] = await Promise.all(
      ['small', 'nobody'].map(async (segment) => {
        const { pairs, union } = await overlapOf('large', segment);
        return [pairs[0], union].map((value) => JSON.stringify(value).replaceAll(segment, 'it'));
      }),
    );
    expect(none).to.deep.equal(few);
    const numbers = ({ user_count, interval, reliable }: Record<string, unknown>) => [
      user_count,
      interval,
      reliable,
    ];
    const withFew = await estimateOf({ any: ['large', 'small'], none: ['apart'] });
    const withNone = await estimateOf({ any: ['large', 'nobody'], none: ['apart'] });
    expect(numbers(withNone)).to.deep.equal(numbers(withFew));
  });

  it('tells no segment as the users that it has without itself', async () => {
    for (const without of [
      { all: ['large'], none: ['large'] },
      { any: ['large'], none: ['large'] },
      { all: ['large'], any: ['large'], none: ['large'] },
      { all: ['large', 'crossing'], none: ['large'] },
    ]) {
      const told = { user_count: 0, below_floor: true, reliable: false, exact: false };
      expect(await estimateOf(without)).to.include(told);
    }
  });

  it('tells nothing of segments that leave few users to one region of their diagram', async () => {
    // Nobody is in both of two, and few are in one and not in the other: each sum and difference would tell it.
    for (const segments of [
      ['large', 'apart'],
      ['large', 'small'],
      ['large', 'inside'],
    ]) {
      const { pairs, union, intersection } = await overlapOf(...segments);
      const [pair] = pairs;
      const numbers = [union, intersection, pair.union, pair.only_first, pair.only_second];
      for (const number of [...numbers, pair.intersection]) {
        expect(number).to.include({ user_count: 0, below_floor: true });
      }
      expect(pair.jaccard).to.deep.equal({
        value: 0,
        interval: { low: 0, high: 1 },
        exact: false,
      });
      const [one, other] = segments;
      for (const expression of [
        { all: segments },
        { any: segments },
        { all: [one], none: [other] },
        { all: [other], any: segments },
      ]) {
        const json = await estimateOf(expression);
        expect(json).to.include({ user_count: 0, below_floor: true, reliable: false });
      }
    }
  });

  it('tells segments whose every region has many users, in multiples of twice the least count', async () => {
    const { pairs } = await overlapOf('large', 'crossing');
    const [{ union, intersection, only_first, only_second, jaccard }] = pairs;
    for (const [reported, users] of [
      [union, 1_980],
      [intersection, 430],
      [only_first, 570],
      [only_second, 970],
    ]) {
      expect(reported.user_count).to.be.closeTo(users, PART);
      expect([reported.user_count % PART, reported.interval.low % PART]).to.deep.equal([0, 0]);
      expect(reported.interval.high % PART).to.equal(PART - 1);
      expect(holds(reported.interval, reported.user_count)).to.equal(true);
    }
    expect(jaccard.value).to.equal(intersection.user_count / union.user_count);
    expect(holds(jaccard.interval, jaccard.value)).to.equal(true);
  });

  it('refuses what would need to be checked against other answers, by name', async () => {
    const days = await send(base, '/overlap', { body: { segments: ['large', 'apart'], days: 7 } });
    expect([days.status, days.json.detail]).to.deep.equal([
      400,
      'days must be 14, the whole window, or left out, while small counts are hidden',
    ]);
    const similar = await send(base, '/segment/large/similar');
    expect([similar.status, similar.json.detail]).to.deep.equal([
      400,
      'similar segments are not told while small counts are hidden',
    ]);
    const any = Array.from({ length: 7 }, (_, index) => `s${index}`);
    const many = await send(base, '/estimate', { body: { any } });
    expect([many.status, many.json.code]).to.deep.equal([400, 'invalid_request']);
    expect(many.json.detail).to.match(/at most 6 different segments, not 7/);
  });
});
