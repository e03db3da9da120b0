import type { Socket } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { createConnection, passTime, spareRank } from '../../src/http/connection/connection.js';
import { begun, LIMITS, look, type Seen } from '../support/connection.js';

describe('a connection', () => {
  it('may take its time for a handshake, and no more', () => {
    const connection = createConnection({} as Socket, '192.0.2.1');
    expect(look(connection, 100)).to.deep.equal({ why: 'handshake', passed: 1_000 });
  });

  it('is closed without a request, whatever bytes come', () => {
    const { connection, seen } = begun({ answered: true, complete: true });
    const come = () => {
      seen.bytesRead += 1_000;
    };
    expect(look(connection, 100, come)).to.deep.equal({ why: 'idle', passed: 1_500 });
  });

  it('is there a second longer than its client is told, however soon headers have to come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3_600_000 }),
        fc.integer({ min: 1, max: 20_000 }),
        (keepAliveTimeoutMs, headersTimeoutMs) => {
          const { connection } = begun({ answered: true, complete: true });
          const limits = { ...LIMITS, keepAliveTimeoutMs, headersTimeoutMs };
          passTime(connection, 0, limits);
          expect(passTime(connection, keepAliveTimeoutMs + 999, limits)).to.equal(undefined);
        },
      ),
    );
  });

  it('is never closed while it waits for us', () => {
    const waiting = fc.oneof(
      fc.constant<Partial<Seen>>({ complete: true }),
      fc.record({ paused: fc.constant(true), type: fc.string() }),
      fc.record({ unread: fc.integer({ min: 16_384, max: 1e6 }), type: fc.string() }),
    );
    fc.assert(
      fc.property(waiting, (start) => {
        const { connection } = begun(start);
        expect(look(connection, 1_000)).to.equal(undefined);
        expect(spareRank(connection, LIMITS)).to.equal(undefined);
      }),
    );
    const { connection } = begun();
    connection.isBusy = true;
    expect(look(connection, 1_000)).to.equal(undefined);
  });

  it('is not charged for the time that we leave its body unread', () => {
    const { connection, seen } = begun();
    const stall = () => {
      seen.unread = seen.unread === 0 ? 20_000 : 0;
      seen.bytesRead += 15;
    };
    // Half of the looks count, so that 150 bytes a second by the clock are 300.
    expect(look(connection, 119, stall)).to.equal(undefined);
    expect(look(connection, 2, stall)?.why).to.equal('body');
  });

  for (const type of ['application/json', 'application/x-ndjson']) {
    it(`is closed when ${type} comes too slowly, however fast it came before`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 9 }), fc.nat(4), (bytes, seconds) => {
          const { connection, seen } = begun({ type });
          const fast = () => {
            seen.bytesRead += 50_000;
          };
          const slow = () => {
            seen.bytesRead += bytes;
          };
          expect(look(connection, seconds * 10, fast)).to.equal(undefined);
          expect(look(connection, 20, slow)).to.deep.equal({ why: 'slow-body', passed: 1_000 });
        }),
      );
    });
  }

  it('has a time for all of a body of limited size, and none for NDJSON', () => {
    for (const [type, expected] of [
      ['application/json', { why: 'body', passed: 6_000 }],
      ['text/plain', { why: 'body', passed: 6_000 }],
      ['Application/X-NDJSON; charset=utf-8', undefined],
    ] as const) {
      const { connection, seen } = begun({ type });
      const come = () => {
        seen.bytesRead += 10;
      };
      expect(look(connection, 1_000, come), type).to.deep.equal(expected);
    }
  });

  it('has a time to take its answer, and to go once it has the last', () => {
    const { connection, seen } = begun({ complete: true, untaken: 1 });
    expect(look(connection, 100)?.why).to.equal('answer');
    seen.ended = true;
    expect(look(connection, 100)?.why).to.equal('closing');
  });

  it('has a time to take its answers, whatever is unread behind them', () => {
    const behind = fc.record({ complete: fc.boolean(), unread: fc.nat(20_000), type: fc.string() });
    fc.assert(
      fc.property(behind, (start) => {
        const { connection } = begun({ ...start, paused: true, untaken: 1 });
        expect(look(connection, 100)).to.deep.equal({ why: 'answer', passed: 6_000 });
        const other = begun({ ...start, paused: true, untaken: 1 }).connection;
        look(other, 20);
        expect(spareRank(other, LIMITS)).to.equal(0);
      }),
    );
  });

  it('is spared when there are too many: the longest idle first, then the slowest', () => {
    const idle = (looks: number) => {
      const { connection } = begun({ answered: true });
      look(connection, looks);
      return connection;
    };
    const body = (bytes: number, looks = 5) => {
      const { connection, seen } = begun();
      look(connection, looks, () => {
        seen.bytesRead += bytes;
      });
      return connection;
    };
    const ranks = [idle(9), idle(3), body(1), body(99)].map((one) => spareRank(one, LIMITS));
    expect(ranks).to.deep.equal(ranks.toSorted((one, other) => Number(one) - Number(other)));
    expect(ranks).not.to.include(undefined);
    // Neither one that comes fast enough, nor one that has hardly begun, nor one that has changed since.
    for (const kept of [body(101), idle(0)]) expect(spareRank(kept, LIMITS)).to.equal(undefined);
    const { connection, seen } = begun({ answered: true });
    look(connection, 5);
    seen.answered = false;
    expect(spareRank(connection, LIMITS)).to.equal(undefined);
  });
});
