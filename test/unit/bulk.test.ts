import { expect } from 'chai';
import { Failure, invalidField } from '../../src/domain/failure.js';
import type { MembershipGroup } from '../../src/domain/membership-groups.js';
import { noRoom, type Window } from '../../src/domain/window.js';
import { storeBulk } from '../../src/http/bulk/bulk.js';
import { createBulkRoom } from '../../src/http/bulk/room.js';
import { keeper, lines, membership, STORED, TODAY, usersIn } from '../support/bulk.js';

describe('storeBulk', () => {
  const room = createBulkRoom();
  // Whatever becomes of a body.
  afterEach(() => expect(room.kept).to.equal(0));

  it('stores everything in batches of at most 2,000', async () => {
    const sizes: number[] = [];
    const seen = new Set<string>();
    const service = keeper(async (groups) => {
      sizes.push(usersIn(groups).length);
      for (const userId of usersIn(groups)) seen.add(userId);
    });
    const summary = await storeBulk(service, lines(5_001, 700), { room });
    expect(summary).to.deep.equal({ accepted: 5_001, rejected: 0, errors: [] });
    expect(sizes).to.deep.equal([2_000, 2_000, 1_001]);
    expect(seen.size).to.equal(5_001);
  });

  it('reads no further while batches wait to be stored', async () => {
    const waiting: (() => void)[] = [];
    const service = keeper(() => new Promise((resolve) => waiting.push(resolve)));
    let read = 0;
    const done = storeBulk(
      service,
      lines(40_000, 1_000, (sink, line) => {
        read = line;
        sink.add(line, membership(line));
      }),
      { room },
    );
    const idle = () => new Promise((resolve) => setImmediate(resolve));
    for (let round = 0; round < 1_000; round += 1) await idle();
    expect(waiting.length).to.equal(4);
    expect(read).to.equal(4 * 2_000);

    let finished = false;
    void done.then(() => (finished = true));
    while (!finished) {
      for (const answer of waiting.splice(0)) answer();
      await idle();
    }
    expect((await done).accepted).to.equal(40_000);
  });

  it('names the first 20 refusals by line, whoever refused them', async () => {
    // The first batch is answered last.
    let batches = 0;
    const service = keeper(async () => {
      batches += 1;
      const rounds = batches === 1 ? 50 : 1;
      for (let round = 0; round < rounds; round += 1) await new Promise(setImmediate);
    });
    const summary = await storeBulk(
      service,
      lines(30_000, 10_000, (sink, line) => {
        if (line % 1_000 === 0) sink.refuse(line, invalidField('segment', 'must not be empty'));
        else sink.add(line, membership(line, line % 10_000 < 3 ? TODAY - 14 : TODAY));
      }),
      { room },
    );
    expect(summary.rejected).to.equal(30 + 6);
    expect(summary.accepted).to.equal(30_000 - 36);
    const refused = summary.errors.map(({ line }) => line);
    expect(refused.slice(0, 4)).to.deep.equal([1, 2, 1_000, 2_000]);
    expect(refused).to.have.length(20);
    expect(refused).to.deep.equal([...refused].sort((one, other) => one - other));
    expect(summary.errors[0]?.detail).to.match(/^occurred_at is out of window/);
    expect(summary.errors[2]?.detail).to.equal('segment must not be empty');
  });

  it('refuses the lines of groups that were refused, and stores all others', async () => {
    const segments = ['known', 'new'];
    const service = {
      storeBatch: async (groups: readonly MembershipGroup[]): Promise<Window> => ({
        ...STORED,
        refused: new Map(groups.length > 0 ? [['new', noRoom()]] : []),
      }),
    };
    const summary = await storeBulk(
      service,
      lines(20_002, 5_000, (sink, line) =>
        sink.add(line, { ...membership(line), segment: segments[line % 2] as string }),
      ),
      { room },
    );
    expect([summary.accepted, summary.rejected]).to.deep.equal([10_001, 10_001]);
    expect(summary.errors[0]?.line).to.equal(1);
    for (const { detail } of summary.errors) expect(detail).to.contain('ES_MAX_SEGMENTS');
  });

  it('stops at the first batch that cannot be stored, and says what was', async () => {
    let batches = 0;
    const service = keeper(async () => {
      batches += 1;
      if (batches >= 3) throw new Failure('unavailable', 'the store cannot be reached now');
    });
    const outcome = await storeBulk(service, lines(100_000, 5_000), { room }).catch(
      (error: Failure) => error,
    );
    expect(outcome).to.be.instanceOf(Failure);
    expect((outcome as Failure).kind).to.equal('unavailable');
    expect((outcome as Failure).options.members).to.deep.equal({
      accepted: 4_000,
      rejected: 0,
      errors: [],
      line: 4_001,
    });
    expect((outcome as Failure).message).to.contain('safe to send the whole body again');
    expect(batches).to.be.lessThan(8);
  });
});
