import { expect } from 'chai';
import type { Caller } from '../../src/auth/caller.js';
import { createGuard } from '../../src/auth/guard.js';
import type { Identity } from '../../src/auth/identity.js';
import { createRefusals } from '../../src/auth/refusal.js';
import type { Need } from '../../src/auth/scope.js';
import { toFailure } from '../../src/domain/failure.js';
import { createAttempts } from '../../src/limits/attempts.js';
import { createClients } from '../../src/limits/clients.js';
import { atMost, createRateLimit } from '../../src/limits/rate-limit.js';
import { makeCaller } from '../support/caller.js';

const BURST = 10;
const VERIFIED = 20 * BURST;

describe('Attempts to get in', () => {
  let now = 0;
  let verified: string[];
  let guard: ReturnType<typeof createGuard>;
  beforeEach(() => {
    now = 1_000_000;
    verified = [];
    const refusals = createRefusals('es');
    const rateLimit = { perSecond: 1, burst: BURST };
    const { attempts } = createClients({ rateLimit, trustedProxies: '' }, () => now);
    const verify = async (credential: string): Promise<Identity> => {
      verified.push(credential);
      const [what, expiresAt = 'Infinity'] = credential.split('-');
      if (what !== 'right' || now >= Number(expiresAt)) throw refusals.invalid('it is wrong');
      const scopes = new Set(['segments:read'] as const);
      return { name: `key:${credential}`, scopes, expiresAt: Number(expiresAt) };
    };
    guard = createGuard({ verify, refusals, attempts, now: () => now });
  });

  const outcome = async (
    credential?: string,
    from = '192.0.2.1',
    needs: Need = 'segments:read',
  ) => {
    const caller: Caller = makeCaller(from);
    try {
      await guard(needs, credential && `Bearer ${credential}`, caller);
      return 'in';
    } catch (error) {
      return toFailure(error).kind;
    }
  };
  const outcomes = async (count: number, credential: (index: number) => string | undefined) => {
    const found: string[] = [];
    for (let index = 0; index < count; index += 1) found.push(await outcome(credential(index)));
    return found;
  };
  const wrongOnes = [...Array(BURST).fill('unauthenticated'), ...Array(BURST).fill('limited')];

  for (const [what, credential] of [
    ['wrong', (index: number) => `wrong${index}`],
    ['missing', () => undefined],
    ['no credential at all', () => '!!!'],
  ] as const) {
    it(`are so many of an address where they are ${what}, and all of another`, async () => {
      expect(await outcomes(2 * BURST, credential)).to.deep.equal(wrongOnes);
      expect(await outcome('wrong', '192.0.2.2')).to.equal('unauthenticated');
      now += 1_000;
      expect(await outcomes(2, credential)).to.deep.equal(['unauthenticated', 'limited']);
    });
  }

  it('leave in who comes from the same address, known or not', async () => {
    await outcomes(3 * BURST, (index) => `wrong${index}`);
    expect(await outcome('right')).to.equal('in');
    expect(await outcome('right')).to.equal('in');
  });

  it('are not verified without end, and who was in before stays so', async () => {
    expect(await outcome('right')).to.equal('in');
    await outcomes(VERIFIED + 500, (index) => `wrong${index}`);
    expect(verified).to.have.length(1 + VERIFIED);
    // A minute later it is verified again, which takes nothing of the address.
    now += 61_000;
    await outcomes(VERIFIED + 5_000, (index) => `wrong${index}`);
    const before = verified.length;
    expect(await outcome('right')).to.equal('in');
    expect(verified).to.have.length(before + 1);
  });

  it('are a token that has expired as well', async () => {
    const token = `right-${now + 1_000}`;
    expect(await outcome(token)).to.equal('in');
    now += 2_000;
    expect(await outcomes(2 * BURST, () => token)).to.deep.equal(wrongOnes);
  });

  it('with the wrong scope are charged to the client, wherever it comes from', async () => {
    const found: string[] = [];
    for (let index = 0; index < 2 * BURST; index += 1) {
      found.push(await outcome('right', `192.0.2.${index}`, 'segments:admin'));
    }
    expect(found).to.deep.equal([
      ...Array(BURST).fill('forbidden'),
      ...Array(BURST).fill('limited'),
    ]);
    expect(await outcome('wrong')).to.equal('unauthenticated');
  });
});

describe('The attempts of an address', () => {
  it('come back at the rate of each limit, and a refusal says what is too many', () => {
    let now = 0;
    const limit = { perSecond: 2, burst: 2 };
    const requests = createRateLimit(limit, 'too many requests', () => now);
    const attempts = createAttempts(
      limit,
      requests,
      () => 'an address',
      () => now,
    );
    const peer = makeCaller('192.0.2.1');
    const countOf = (attempt: () => void) => {
      for (let count = 0; ; count += 1) {
        try {
          attempt();
        } catch (error) {
          return [count, toFailure(error).message];
        }
      }
    };
    const message = `too many wrong credentials from this address: ${atMost(limit)}; try again in 1 s`;
    expect(countOf(() => attempts.begin(peer))).to.deep.equal([40, message]);
    expect(countOf(() => attempts.failed(peer))).to.deep.equal([2, message]);
    now += 500;
    expect(countOf(() => attempts.begin(peer))).to.deep.equal([20, message]);
    expect(countOf(() => attempts.failed(peer))).to.deep.equal([1, message]);
  });
});
