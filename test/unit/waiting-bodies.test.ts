import { expect } from 'chai';
import type { Membership } from '../../src/domain/membership.js';
import { readNdjson } from '../../src/http/bulk/ndjson.js';
import type { Route } from '../../src/http/route.js';
import { countSegmentsRoute } from '../../src/http/routes/count-segments.js';
import { storeMembershipRoute } from '../../src/http/routes/store-membership.js';
import { storeMembershipsRoute } from '../../src/http/routes/store-memberships.js';
import type { SegmentService } from '../../src/segment-service/segment-service.js';
import { heapGrowth } from '../support/heap-growth.js';
import { makeRequest } from '../support/request.js';

const MEMBERSHIP = { segment: 'a-segment-of-a-name', user_id: 'пользователь-номер-один' };

/** A body of 64 KiB that is blank but for one line. */
const BLANK = `${JSON.stringify(MEMBERSHIP)}\n${`${' '.repeat(1_023)}\n`.repeat(63)}`;

describe('A small body whose request waits', () => {
  const BODIES: [make: (...parts: Parameters<typeof storeMembershipRoute>) => Route, object][] = [
    [storeMembershipRoute, MEMBERSHIP],
    [storeMembershipsRoute, [MEMBERSHIP]],
    [countSegmentsRoute, { segments: ['sport'] }],
  ];
  for (const [make, json] of BODIES) {
    it(`is not kept until the answer: ${JSON.stringify(json)}`, async () => {
      let asked = () => {};
      const isAsked = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const wait = () => {
        asked();
        return new Promise<never>(() => {});
      };
      const service = { store: wait, storeBatch: wait, countBatch: wait };
      const route = make(service as unknown as SegmentService, {
        now: () => Date.now(),
        onInvalid() {},
        unknownMembers: 'refuse',
        clients: { nameOf: () => 'a client', quota: undefined },
      });
      const type = { 'content-type': 'application/json' };
      const request = makeRequest(Buffer.from(JSON.stringify(json)), type);
      void route.handle(request);
      await isAsked;
      expect((request.body as Buffer).buffer.byteLength).to.equal(0);
    });
  }

  it('keeps little more than the names of its memberships', async () => {
    const kept: Membership[] = [];
    const sink = {
      add: (_line: number, membership: Membership) => kept.push(membership),
      refuse() {},
      async room() {},
    };
    const growth = await heapGrowth(async () => {
      for (let body = 0; body < 200; body += 1) {
        await readNdjson(Buffer.from(BLANK), Date.now, sink);
      }
    });
    expect(kept).to.have.length(200);
    expect(growth / kept.length).to.be.below(20_000);
  });
});
