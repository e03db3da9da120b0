import { expect } from 'chai';
import type { BulkSink } from '../../src/http/bulk/batcher.js';
import { storeBulk } from '../../src/http/bulk/bulk.js';
import { createBulkRoom } from '../../src/http/bulk/room.js';
import { keeper, membership, usersIn } from '../support/bulk.js';

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('Bulk bodies beside each other', () => {
  for (const bodies of [1, 7, 150]) {
    it(`keep no more in all than there is room for, and a block each: ${bodies}`, async () => {
      const maxBytes = 100_000;
      const blockBytes = 2_200;
      const room = createBulkRoom(maxBytes);
      let most = 0;
      const stored = new Set<string>();
      const service = keeper(async (groups) => {
        most = Math.max(most, room.kept);
        await tick();
        for (const userId of usersIn(groups)) stored.add(userId);
      });
      const read = (body: number) => async (sink: BulkSink) => {
        for (let line = 1; line <= 200; line += 1) {
          sink.add(line, membership(body * 1_000 + line));
          if (line % 10 === 0) await sink.room(500);
        }
      };
      const summaries = await Promise.all(
        Array.from({ length: bodies }, (_, body) => storeBulk(service, read(body), { room })),
      );
      for (const { accepted } of summaries) expect(accepted).to.equal(200);
      expect(stored.size).to.equal(bodies * 200);
      expect(most).to.be.at.most(maxBytes + bodies * blockBytes);
      expect(room.kept).to.equal(0);
    });
  }

  it('have their lines stored though no more come, and though others fill the room', async () => {
    const room = createBulkRoom(10_000);
    const ends: (() => void)[] = [];
    let stored = 0;
    const service = keeper(async (groups) => {
      stored += usersIn(groups).length;
    });
    const bodies = Array.from({ length: 20 }, (_, body) =>
      storeBulk(
        service,
        async (sink) => {
          for (let line = 1; line <= 50; line += 1) sink.add(line, membership(body * 100 + line));
          await sink.room(500);
          await new Promise<void>((resolve) => void ends.push(resolve));
        },
        { room },
      ),
    );
    while (stored < 20 * 50 || ends.length < 20) await tick();
    expect(room.kept).to.equal(0);
    for (const end of ends) end();
    for (const { accepted } of await Promise.all(bodies)) expect(accepted).to.equal(50);
  });
});
