import { expect } from 'chai';
import type { MembershipGroup } from '../../src/domain/membership-groups.js';
import { createPrivateIds } from '../../src/es/redis/write/private-ids.js';

const GROUPS: readonly MembershipGroup[] = [
  { segment: 'sport', day: 20_596, userIds: ['what do ya want for nothing?'] },
];

describe('Private ids', () => {
  it('are the first 128 bits of HMAC-SHA-256, by the test case 2 of RFC 4231', () => {
    const hmac = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    const first = Buffer.from(hmac, 'hex').subarray(0, 16).toString('base64url');
    expect(createPrivateIds('Jefe')(GROUPS)).to.deep.equal([{ ...GROUPS[0], userIds: [first] }]);
  });

  it('are the ids as they came when there is no secret', () => {
    expect(createPrivateIds('')(GROUPS)).to.equal(GROUPS);
  });
});
