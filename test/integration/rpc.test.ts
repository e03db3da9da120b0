import { once } from 'node:events';
import { type ServiceError, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { createRpcClient, type RpcClient, timestamp } from '../support/rpc.js';
import { type System, startSystem } from '../support/system.js';

describe('gRPC of ES', () => {
  let system: System;
  let rpc: RpcClient;
  before(async () => {
    system = await startSystem();
    rpc = createRpcClient(system.grpc);
  });
  after(async () => {
    rpc.close();
    await system.close();
  });

  async function refusal(method: string, request: object): Promise<ServiceError> {
    const error = await rpc.call(method, request).catch((reason) => reason);
    expect(error).to.be.instanceOf(Error);
    return error;
  }

  it('stores and counts', async () => {
    expect(await rpc.call('Store', { segment: 'sport', user_id: 'u1' })).to.deep.equal({});
    await rpc.call('Store', { segment: 'sport', user_id: 'u1' });
    await rpc.call('Store', {
      segment: 'sport',
      user_id: 'u2',
      occurred_at: timestamp(Date.now() - 86_400_000),
    });
    expect(await rpc.call('Count', { segment: 'sport' })).to.deep.include({
      segment: 'sport',
      user_count: 2,
    });
    expect(await rpc.call('Count', { segment: 'sport', days: 1 })).to.deep.include({
      user_count: 1,
    });
    expect(await rpc.call('Count', { segment: 'nobody' })).to.deep.include({ user_count: 0 });
  });

  it('stores a batch of 10,000 of the longest names', async () => {
    const memberships = Array.from({ length: 10_000 }, (_, index) => ({
      segment: 'я'.repeat(128),
      user_id: String(index).padStart(256, '0'),
      occurred_at: timestamp(Date.now()),
    }));
    await rpc.call('StoreBatch', { memberships });
    const { user_count } = await rpc.call('Count', { segment: 'я'.repeat(128) });
    expect(user_count).to.be.closeTo(10_000, 10_000 * 4 * 0.0081);
  });

  it('stores what is in the window, and says what is not', async () => {
    const daysAgo = (days: number) => timestamp(Date.now() - days * 86_400_000);
    const memberships = [0, 13, 14, 400].map((days) => ({
      segment: 'late',
      user_id: `u${days}`,
      occurred_at: daysAgo(days),
    }));
    const answer = await rpc.call('StoreBatch', { memberships });
    expect(answer).to.deep.include({ out_of_window: [2, 3], window_days: 14 });
    expect((await rpc.call('Count', { segment: 'late' })).user_count).to.equal(2);
  });

  it('stores nothing of a batch with one bad membership', async () => {
    const memberships = [
      { segment: 'half', user_id: 'u1' },
      { segment: 'half', user_id: '' },
      { segment: 'half', user_id: 'u3' },
    ];
    const error = await refusal('StoreBatch', { memberships });
    expect(error.code).to.equal(status.INVALID_ARGUMENT);
    expect(error.details).to.equal('memberships[1].user_id must not be empty');
    expect((await rpc.call('Count', { segment: 'half' })).user_count).to.equal(0);
  });

  it('counts many segments at once', async () => {
    await rpc.call('Store', { segment: 'many', user_id: 'u1' });
    const { counts } = await rpc.call('CountBatch', { segments: ['many', 'nobody', 'many'] });
    expect(counts.map((one: { user_count: number }) => one.user_count)).to.deep.equal([1, 0, 1]);
  });

  it('answers each batch of a stream, and goes on after one that is refused', async () => {
    const stream = rpc.stream('StoreStream');
    const day = Math.floor(Date.now() / 86_400_000);
    const batches = [
      { memberships: [{ segment: 'stream', user_id: 'u1' }] },
      { memberships: [{ segment: 'stream', user_id: '' }] },
      {
        packed: {
          segments: 'stream\nother',
          days: [day, day - 14],
          sizes: [2, 1],
          user_ids: 'u2\nu3\nu4',
        },
      },
      { packed: { segments: 'stream', days: [day], sizes: [2], user_ids: 'u5' } },
      undefined,
    ];
    const answers = new Map<number, Record<string, unknown>>();
    stream.on('data', ({ sequence, ...answer }) => answers.set(sequence, answer));
    for (const [index, batch] of batches.entries()) stream.write({ sequence: index + 7, batch });
    stream.end();
    await once(stream, 'end');
    expect([...answers.keys()].sort()).to.deep.equal([10, 11, 7, 8, 9]);
    expect(answers.get(7)?.stored).to.deep.include({ out_of_window: [], window_days: 14 });
    expect(answers.get(8)?.refused).to.deep.equal({
      code: status.INVALID_ARGUMENT,
      message: 'memberships[0].user_id must not be empty',
    });
    expect(answers.get(9)?.stored).to.deep.include({ first_day: day - 13 });
    expect(answers.get(10)?.refused).to.deep.include({ code: status.INVALID_ARGUMENT });
    expect(answers.get(11)?.stored).to.deep.include({ window_days: 14 });
    expect((await rpc.call('Count', { segment: 'stream' })).user_count).to.equal(3);
    expect((await rpc.call('Count', { segment: 'other' })).user_count).to.equal(0);
  });

  it('stores what comes at once in few commands', async () => {
    await system.redis.config('RESETSTAT');
    const calls = Array.from({ length: 300 }, (_, user) =>
      rpc.call('Store', { segment: 'grouped', user_id: `u${user}` }),
    );
    await Promise.all(calls);
    const [, scripts] =
      /cmdstat_evalsha:calls=(\d+)/.exec(await system.redis.info('commandstats')) ?? [];
    expect(Number(scripts)).to.be.within(1, 150);
    expect((await rpc.call('Count', { segment: 'grouped' })).user_count).to.be.closeTo(300, 3);
  });

  const tooMany = new Array(10_001).fill({ segment: 's', user_id: 'u' });
  for (const [method, request, details] of [
    ['Store', {}, /^segment must not be empty$/],
    ['Store', { segment: 's' }, /^user_id must not be empty$/],
    ['Store', { segment: 'x'.repeat(257), user_id: 'u' }, /^segment must be at most 256 bytes/],
    ['Store', { segment: 'a\n', user_id: 'u' }, /^segment must not contain control characters$/],
    [
      'Store',
      { segment: 's', user_id: 'u', occurred_at: timestamp('2001-01-01T00:00:00Z') },
      /^occurred_at is out of window/,
    ],
    [
      'Store',
      { segment: 's', user_id: 'u', occurred_at: timestamp('2101-01-01T00:00:00Z') },
      /^occurred_at must be at most 5 minutes ahead/,
    ],
    [
      'Store',
      { segment: 's', user_id: 'u', occurred_at: { seconds: 1_000, nanos: -1 } },
      /^occurred_at.nanos must be from 0 to 999999999$/,
    ],
    ['StoreBatch', { memberships: tooMany }, /^memberships must be at most 10000, not 10001$/],
    [
      'CountBatch',
      { segments: ['s', 'a\n'] },
      /^segments\[1\] must not contain control characters$/,
    ],
    ['CountBatch', { segments: ['s'], days: 15 }, /^days must be a whole number from 1 to 14$/],
    ['Count', {}, /^segment must not be empty$/],
    ['Count', { segment: 's', days: 0 }, /^days must be a whole number from 1 to 14$/],
    ['Count', { segment: 's', days: 15 }, /^days must be a whole number from 1 to 14$/],
  ] as const) {
    it(`refuses ${method} ${JSON.stringify(request).slice(0, 60)}`, async () => {
      const error = await refusal(method, request);
      expect(error.code).to.equal(status.INVALID_ARGUMENT);
      expect(error.details).to.match(details);
    });
  }
});
