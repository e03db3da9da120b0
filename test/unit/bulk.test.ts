import { expect } from 'chai';
import { Failure } from '../../src/shared/failure.js';
import { storeBulk } from '../../src/shared/http/bulk.js';
import type { Entry } from '../../src/shared/http/ndjson.js';
import type { Membership } from '../../src/shared/membership.js';
import type { SegmentService, StoreOutcome } from '../../src/shared/segment-service.js';

const NOW = Date.parse('2026-05-23T12:00:00Z');

/** Something that takes batches, and answers as it is told. */
function sink(answer: (batch: readonly Membership[]) => Promise<number[]>): SegmentService {
  return {
    store: async (batch): Promise<StoreOutcome> => ({
      outOfWindow: await answer(batch),
      windowDays: 14,
    }),
    count: async () => 0,
  };
}

async function* groups(total: number, size: number, onGroup = () => {}): AsyncGenerator<Entry[]> {
  for (let first = 1; first <= total; first += size) {
    onGroup();
    yield Array.from({ length: Math.min(size, total - first + 1) }, (_, index) => ({
      line: first + index,
      value: { segment: 's', user_id: `u${first + index}` },
    }));
  }
}

describe('storeBulk', () => {
  it('stores everything in batches of at most 10,000', async () => {
    const sizes: number[] = [];
    const seen = new Set<string>();
    const service = sink(async (batch) => {
      sizes.push(batch.length);
      for (const { userId } of batch) seen.add(userId);
      return [];
    });
    const summary = await storeBulk(groups(25_001, 700), service, () => NOW);
    expect(summary).to.deep.equal({ accepted: 25_001, rejected: 0, errors: [] });
    expect(sizes).to.deep.equal([10_000, 10_000, 5_001]);
    expect(seen.size).to.equal(25_001);
  });

  it('reads no further while batches wait to be stored', async () => {
    const waiting: (() => void)[] = [];
    const service = sink(() => new Promise((resolve) => waiting.push(() => resolve([]))));
    let read = 0;
    const done = storeBulk(
      groups(200_000, 1_000, () => (read += 1)),
      service,
      () => NOW,
    );
    const idle = () => new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 1_000; turn += 1) await idle();
    expect(waiting.length).to.equal(4);
    expect(read).to.be.lessThan(60);

    let finished = false;
    void done.then(() => (finished = true));
    while (!finished) {
      for (const answer of waiting.splice(0)) answer();
      await idle();
    }
    expect((await done).accepted).to.equal(200_000);
  });

  it('names the first 20 refusals by line, whoever refused them', async () => {
    async function* entries(): AsyncGenerator<Entry[]> {
      for await (const group of groups(30_000, 10_000)) {
        for (const entry of group) {
          if (entry.line % 1_000 === 0) {
            Object.assign(entry, { value: { segment: '', user_id: 'u' } });
          }
        }
        yield group;
      }
    }
    // The first batch is answered last.
    let batches = 0;
    const service = sink(async () => {
      batches += 1;
      const rounds = batches === 1 ? 50 : 1;
      for (let turn = 0; turn < rounds; turn += 1) await new Promise(setImmediate);
      return [0, 1];
    });
    const summary = await storeBulk(entries(), service, () => NOW);
    expect(summary.rejected).to.equal(30 + 6);
    expect(summary.accepted).to.equal(30_000 - 36);
    expect(summary.errors).to.have.length(20);
    const lines = summary.errors.map(({ line }) => line);
    expect(lines.slice(0, 4)).to.deep.equal([1, 2, 1_000, 2_000]);
    expect(lines).to.deep.equal([...lines].sort((one, other) => one - other));
    expect(summary.errors[0]?.detail).to.match(/^occurred_at is out of window/);
    expect(summary.errors[2]?.detail).to.equal('segment must not be empty');
  });

  it('stops at the first batch that cannot be stored, and says what was', async () => {
    let batches = 0;
    const service = sink(async () => {
      batches += 1;
      if (batches >= 3) throw new Failure('unavailable', 'the store cannot be reached now');
      return [];
    });
    const outcome = await storeBulk(groups(500_000, 5_000), service, () => NOW).catch(
      (error: Failure) => error,
    );
    expect(outcome).to.be.instanceOf(Failure);
    expect((outcome as Failure).kind).to.equal('unavailable');
    expect((outcome as Failure).options.members).to.deep.equal({ accepted: 20_000, rejected: 0 });
    expect((outcome as Failure).message).to.contain('safe to send the whole body again');
    expect(batches).to.be.lessThan(8);
  });
});
