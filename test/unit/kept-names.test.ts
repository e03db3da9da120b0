import { expect } from 'chai';
import { groupMemberships, type MembershipGroup } from '../../src/domain/membership-groups.js';
import { createSegmentChanges } from '../../src/es/queries/list/segment-changes.js';
import { createMemory } from '../../src/es/redis/replay/memory.js';
import { readNdjson } from '../../src/http/bulk/ndjson.js';
import { limitNewSegments } from '../../src/segment-service/new-segments.js';
import { makeCaller } from '../support/caller.js';
import { heapGrowth } from '../support/heap-growth.js';

type Keep = (groups: MembershipGroup[]) => unknown;

/** Whatever keeps names for longer than a request. */
const KEEPERS: Record<string, () => Keep> = {
  'changes of lists'() {
    const changes = createSegmentChanges();
    return ([group]) => changes.note(group?.segment ?? '', 1, 1);
  },
  'what no replica has'() {
    const memory = createMemory({ maxBytes: 1e9, keepMs: 1e9, dropsOldest: false });
    return (groups) => memory.remember(groups, 1);
  },
  'what may have been stored'() {
    const memory = createMemory({ maxBytes: 1e9, keepMs: 1e9, dropsOldest: false });
    return (groups) => memory.doubt(groups, 1, 1e9);
  },
  ...Object.fromEntries(
    [0, 7].map((users) => [`segments that have ${users} users`, () => keepNew(users)]),
  ),
};

function keepNew(users: number): Keep {
  const stored = async () => ({ firstDay: 0, days: 14 });
  const count = async (segments: readonly string[]) =>
    new Map(segments.map((segment) => [segment, users]));
  const service = limitNewSegments(
    { storeBatch: stored } as unknown as Parameters<typeof limitNewSegments>[0],
    {
      perMinute: 100,
      count,
      now: () => 0,
      onRefused: () => {},
      queue: { maxQueued: 1_000, maxBatch: 100, nameOf: () => '' },
    },
  );
  return (groups) => service.storeBatch(groups, makeCaller());
}

const LINES = [
  '{"segment":"sport","user_id":"u1"}\n'.repeat(1_800),
  '{"user_id":"u1","segment":"sport"}\n'.repeat(1_800),
  `{"segment":"sport","user_id":"${'u'.repeat(80)}"}\n`.repeat(500),
];

describe('Names that are kept', () => {
  for (const [name, create] of Object.entries(KEEPERS)) {
    for (const rest of LINES) {
      it(`do not keep the text that they came in: ${name}, ${rest.slice(0, 34)}`, async () => {
        const keep = create();
        async function* pieces() {
          for (let index = 0; index < 500; index += 1) {
            const one = { segment: `a-new-segment-${index}`, user_id: `a-new-user-${index}` };
            yield Buffer.from(`${JSON.stringify(one)}\n${rest}`);
          }
        }
        const work: unknown[] = [];
        const sink: Parameters<typeof readNdjson>[2] = {
          add(_line, membership) {
            if (membership.segment === 'sport') return;
            work.push(keep(groupMemberships([membership])));
          },
          refuse: () => {},
          async room() {
            await Promise.all(work.splice(0));
          },
        };
        const grown = await heapGrowth(() => readNdjson(pieces(), Date.now, sink));
        expect(grown).to.be.below(5_000_000);
        // It is there yet.
        expect(keep).to.be.a('function');
      });
    }
  }
});
