import { expect } from 'chai';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import type { MembershipGroup } from '../../src/domain/membership-groups.js';
import { createKeys, KEY_PREFIX } from '../../src/es/redis/keys.js';
import { createDeletions } from '../../src/es/redis/replay/deletions.js';
import { createReplay, type Replay } from '../../src/es/redis/replay/replay.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';

/** A primary that is not there any more. */
const GONE = '192.0.2.1:6379';

describe('What is remembered of a primary that is gone', () => {
  let server: RedisServer;
  let redis: Redis;
  before(async () => {
    server = await startRedisServer();
    redis = new Redis({ port: server.port });
  });
  after(async () => {
    redis.disconnect();
    await server.close();
  });

  /** What comes in while some of it is stored again, by how often it was tried: whether it was answered. */
  const meanwhile = fc.array(fc.constantFrom('stored', 'doubted', undefined), { maxLength: 4 });
  it('is stored again, also what was on its way to it then', async () => {
    await fc.assert(
      fc.asyncProperty(meanwhile, fc.boolean(), async (late, failsFirst) => {
        const stored: string[] = [];
        const expected = ['first'];
        let replay: Replay | undefined;
        let tries = 0;
        const groupsOf = (userId: string): MembershipGroup[] => [
          { segment: 's', day: 1, userIds: [userId] },
        ];
        const store = async (groups: readonly MembershipGroup[]) => {
          const kind = late[tries];
          const name = `late${tries}`;
          tries += 1;
          if (kind !== undefined) expected.push(name);
          if (kind === 'stored') replay?.remember(GONE, groupsOf(name), Date.now() * 1_000);
          if (kind === 'doubted') replay?.doubt(GONE, groupsOf(name));
          if (failsFirst && tries === 1) throw new Error('not now');
          stored.push(...groups.flatMap(({ userIds }) => userIds));
        };
        const keys = createKeys(14, false, KEY_PREFIX);
        replay = createReplay({
          redis,
          keys,
          store,
          maxBytes: 1e6,
          dropsOldest: false,
          expectsReplicas: false,
          deletions: createDeletions(redis, keys),
          now: Date.now,
          timeoutMs: 100,
          onReplayed() {},
        });
        replay.remember(GONE, groupsOf('first'), Date.now() * 1_000);
        for (let looks = 0; looks < 8; looks += 1) await replay.look().catch(() => {});
        expect(stored).to.have.members(expected);
      }),
      { numRuns: 40 },
    );
  });
});
