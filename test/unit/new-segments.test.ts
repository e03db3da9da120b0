import { expect } from 'chai';
import fc from 'fast-check';
import type { Caller } from '../../src/auth/caller.js';
import { toFailure } from '../../src/domain/failure.js';
import { groupMemberships } from '../../src/domain/membership-groups.js';
import { limitNewSegments } from '../../src/segment-service/new-segments.js';
import {
  createSegmentService,
  type SegmentBackend,
} from '../../src/segment-service/segment-service.js';
import { makeCaller } from '../support/caller.js';

const nameOf = ({ peerAddress }: Caller) => peerAddress() ?? '';
const LIMITS = { maxQueued: 1_000, maxBatch: 100, nameOf };

describe('A limit of new segments', () => {
  let stored: Set<string>;
  let counted: number;
  let counts: number;
  let refused: number;
  let open: Promise<void>;
  let now = 0;
  const backend: SegmentBackend = {
    async store(groups) {
      for (const { segment } of groups) stored.add(segment);
      return { firstDay: 0, days: 14 };
    },
    async count(segments) {
      counted += segments.length;
      counts += 1;
      await open;
      return new Map(segments.map((segment) => [segment, stored.has(segment) ? 7 : 0]));
    },
  };
  const create = (perMinute: number) =>
    limitNewSegments(createSegmentService(backend, LIMITS), {
      perMinute,
      count: backend.count,
      queue: LIMITS,
      now: () => now,
      onRefused: (count) => {
        refused += count;
      },
    });
  const membership = (segment: string) => ({ segment, userId: 'u', occurredAt: 0 });
  const batch = (segments: string[]) => groupMemberships(segments.map(membership));
  beforeEach(() => {
    [stored, counted, counts, refused, now] = [new Set(), 0, 0, 0, 1_000_000];
    open = Promise.resolve();
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

  it('counts a segment once, however many ask for it at once and whatever becomes of them', async () => {
    const service = create(1);
    const outcomes = Array.from({ length: 200 }, (_, index) => {
      const name = index % 2 ? 'a' : 'b';
      const caller = makeCaller(`${index % 10}`);
      return index % 3
        ? service.store(membership(name), caller).catch(toFailure)
        : service.storeBatch(batch([name, 'c']), caller);
    });
    await Promise.all(outcomes);
    expect(counted).to.equal(3);
    expect([...stored].sort()).to.deep.equal(['a', 'b', 'c']);
  });

  it('remembers whom it has refused, but not for long, as others may have made it', async () => {
    const service = create(1);
    await service.store(membership('a'), makeCaller());
    const store = () => service.store(membership('b'), makeCaller()).catch(({ kind }) => kind);
    for (let times = 0; times < 50; times += 1) expect(await store()).to.equal('limited');
    expect(counted).to.equal(2);
    const window = await service.storeBatch(batch(['b']), makeCaller());
    expect([window.refused?.get('b')?.kind, counted]).to.deep.equal(['limited', 2]);
    stored.add('b');
    now += 10_000;
    expect(await store()).to.deep.equal({ firstDay: 0, days: 14 });
    expect(counted).to.equal(3);
  });

  it('counts some at a time, in turns with other clients, and nothing more for who has gone', async () => {
    const service = create(5);
    let letGo = () => {};
    open = new Promise((resolve) => (letGo = resolve));
    const names = (client: string) => Array.from({ length: 5_000 }, (_, index) => client + index);
    const callers = Array.from({ length: 30 }, () => makeCaller('greedy'));
    const asked = callers.map((caller, index) =>
      service.storeBatch(batch(names(`${index}-`)), caller).catch(toFailure),
    );
    const modest = service.storeBatch(batch(['mine']), makeCaller('modest'));
    expect(counts).to.equal(2);
    for (const caller of callers) caller.gone = true;
    letGo();
    await modest;
    await Promise.all(asked);
    expect(stored).to.deep.equal(new Set(['mine']));
    expect([counts, counted]).to.deep.equal([3, 201]);
  });

  it('waits no longer than there is room, for single memberships as for counts', async () => {
    const service = create(2_000);
    let letGo = () => {};
    open = new Promise((resolve) => (letGo = resolve));
    const kinds: string[] = [];
    const store = (client: string, index: number) =>
      service
        .store(membership(`${client}${index}`), makeCaller(client))
        .catch(({ kind }) => kinds.push(`${client} ${kind}`));
    const asked = Array.from({ length: 1_500 }, (_, index) => store('greedy', index));
    asked.push(...Array.from({ length: 100 }, (_, index) => store('modest', index)));
    letGo();
    await Promise.all(asked);
    expect(kinds).to.deep.equal(Array(600).fill('greedy unavailable'));
  });

  it('is none for the service itself, nor where it is off', async () => {
    await create(1).storeBatch(batch(['a', 'b', 'c']));
    expect([stored.size, counted]).to.deep.equal([3, 0]);
    const service = createSegmentService(backend, LIMITS);
    const off = { perMinute: 0, count: backend.count, queue: LIMITS, now: () => 0 };
    expect(limitNewSegments(service, { ...off, onRefused: () => {} })).to.equal(service);
  });
});
