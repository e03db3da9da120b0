import { expect } from 'chai';
import fc from 'fast-check';
import { toFailure } from '../../src/shared/failure.js';
import { groupMemberships } from '../../src/shared/membership-groups.js';
import { limitNewSegments } from '../../src/shared/new-segments.js';
import { createSegmentService, type SegmentBackend } from '../../src/shared/segment-service.js';
import { makeCaller } from '../support/caller.js';

const LIMITS = { maxQueued: 1_000, maxBatch: 100 };

describe('A limit of new segments', () => {
  let stored: Set<string>;
  let counted: number;
  let refused: number;
  let now = 0;
  const backend: SegmentBackend = {
    async store(groups) {
      for (const { segment } of groups) stored.add(segment);
      return { firstDay: 0, days: 14 };
    },
    async count(segments) {
      counted += segments.length;
      return new Map(segments.map((segment) => [segment, stored.has(segment) ? 7 : 0]));
    },
  };
  const create = (perMinute: number) =>
    limitNewSegments(createSegmentService(backend, LIMITS), {
      perMinute,
      count: backend.count,
      nameOf: ({ peerAddress }) => peerAddress() ?? '',
      now: () => now,
      onRefused: (count) => {
        refused += count;
      },
    });
  const membership = (segment: string) => ({ segment, userId: 'u', occurredAt: 0 });
  const batch = (segments: string[]) => groupMemberships(segments.map(membership));
  beforeEach(() => {
    [stored, counted, refused, now] = [new Set(), 0, 0, 1_000_000];
  });

  it('holds for each client, whatever comes in whatever batches, and refuses nothing else', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.stringMatching(/^[a-f]$/), { maxLength: 4 }),
        fc.array(
          fc.record({
            client: fc.constantFrom('1.1.1.1', '2.2.2.2'),
            segments: fc.array(fc.stringMatching(/^[a-p]$/), { minLength: 1, maxLength: 12 }),
          }),
          { maxLength: 8 },
        ),
        async (perMinute, there, sent) => {
          stored = new Set(there);
          const service = create(perMinute);
          const made = new Map<string, number>();
          for (const { client, segments } of sent) {
            const before = new Set(stored);
            const window = await service.storeBatch(batch(segments), makeCaller(client));
            for (const segment of new Set(segments)) {
              const isRefused = window.refused?.has(segment) ?? false;
              expect(stored.has(segment)).to.equal(!isRefused);
              if (before.has(segment)) expect(isRefused).to.equal(false);
              else if (isRefused) expect(made.get(client)).to.equal(perMinute);
              else made.set(client, (made.get(client) ?? 0) + 1);
            }
            expect(made.get(client) ?? 0).to.be.at.most(perMinute);
          }
        },
      ),
    ));

  it('refuses single memberships by 429 with the time to wait, and lets them in after it', async () => {
    const service = create(2);
    const caller = makeCaller();
    for (const segment of ['a', 'b']) await service.store(membership(segment), caller);
    const failure = toFailure(await service.store(membership('c'), caller).catch((error) => error));
    expect([failure.kind, failure.options.headers]).to.deep.equal([
      'limited',
      { 'retry-after': '30' },
    ]);
    expect(failure.message).to.contain('at most 2 a minute');
    expect(refused).to.equal(1);
    await service.store(membership('a'), caller);
    now += 30_000;
    await service.store(membership('c'), caller);
    expect([...stored]).to.deep.equal(['a', 'b', 'c']);
  });

  it('counts no segment twice that is known', async () => {
    const service = create(100);
    for (let times = 0; times < 5; times += 1) {
      await service.storeBatch(batch(['a', 'b', 'a']), makeCaller());
      await service.store(membership('a'), makeCaller());
    }
    expect(counted).to.equal(2);
  });

  it('is none for the service itself, nor where it is off', async () => {
    await create(1).storeBatch(batch(['a', 'b', 'c']));
    expect([stored.size, counted]).to.deep.equal([3, 0]);
    const service = createSegmentService(backend, LIMITS);
    const off = { perMinute: 0, count: backend.count, nameOf: () => '', now: () => 0 };
    expect(limitNewSegments(service, { ...off, onRefused: () => {} })).to.equal(service);
  });
});
