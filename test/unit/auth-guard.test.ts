import { expect } from 'chai';
import type { Attempts } from '../../src/auth/attempts.js';
import { ANYONE, createGuard } from '../../src/auth/guard.js';
import type { Identity } from '../../src/auth/identity.js';
import { createRefusals } from '../../src/auth/refusal.js';
import { Failure, toFailure } from '../../src/domain/failure.js';
import { makeCaller } from '../support/caller.js';

const MINUTE_MS = 60_000;
const HEADER = `Bearer ${'c'.repeat(50)}`;

const reader: Identity = {
  name: 'reader',
  scopes: new Set(['segments:read'] as const),
  expiresAt: Number.POSITIVE_INFINITY,
};

describe('The guard', () => {
  const caller = makeCaller();
  const refusals = createRefusals('test');
  let clock: number;
  let calls: string[];
  /** What becomes of a credential that is verified. */
  let outcome: Identity | Failure;

  function create(withAttempts = true) {
    clock = 0;
    calls = [];
    outcome = reader;
    const note = (name: string) => () => {
      calls.push(name);
    };
    const attempts: Attempts = {
      begin: note('begin'),
      undo: note('undo'),
      failed: note('failed'),
      forbidden: ({ name }: Identity) => {
        calls.push(`forbidden ${name}`);
      },
    };
    return createGuard({
      async verify(credential) {
        expect(credential).to.match(/^c+$/);
        if (outcome instanceof Failure) throw outcome;
        return outcome;
      },
      refusals,
      attempts: withAttempts ? attempts : undefined,
      now: () => clock,
    });
  }

  /** Who is let in, or the kind of failure. */
  async function ask(guard: ReturnType<typeof create>, needs = 'segments:read', header?: string) {
    calls = [];
    const letIn = async () => guard(needs as 'segments:read', header, caller);
    return letIn().catch((thrown) => toFailure(thrown).kind);
  }

  it('lets anybody in where nothing is asked for, whatever is shown', async () => {
    const guard = create();
    for (const header of [undefined, 'nonsense', HEADER]) {
      expect(guard('open', header, caller)).to.equal(ANYONE);
    }
    expect(calls).to.deep.equal([]);
  });

  it('lets who is verified do what the scopes say, or what needs none', async () => {
    const guard = create();
    expect(await ask(guard, 'segments:read', HEADER)).to.equal(reader);
    expect(calls).to.deep.equal(['begin', 'undo']);
    expect(await ask(guard, 'authenticated', HEADER)).to.equal(reader);
    expect(calls).to.deep.equal([]);
    expect(await ask(guard, 'segments:write', HEADER)).to.equal('forbidden');
    expect(calls).to.deep.equal(['forbidden reader']);
  });

  it('counts what is missing or wrong as an attempt', async () => {
    const guard = create();
    for (const header of [undefined, '', 'Basic abc', 'Bearer', `x${HEADER}`, `${HEADER} x`]) {
      expect(await ask(guard, 'segments:read', header), header).to.equal('unauthenticated');
      expect(calls).to.deep.equal(['failed']);
    }
    outcome = refusals.invalid('wrong');
    expect(await ask(guard, 'segments:read', HEADER)).to.equal('unauthenticated');
    expect(calls).to.deep.equal(['begin', 'failed']);
  });

  it('counts nothing while credentials cannot be verified', async () => {
    const guard = create();
    outcome = new Failure('unavailable', 'later');
    expect(await ask(guard, 'segments:read', HEADER)).to.equal('unavailable');
    expect(calls).to.deep.equal(['begin', 'undo']);
  });

  for (const length of [1, 36, 42, 43, 44, 50]) {
    it(`verifies ${length} characters again after a minute, which is no attempt at guessing until it turns out wrong`, async () => {
      const header = `Bearer ${'c'.repeat(length)}`;
      const guard = create();
      await ask(guard, 'segments:read', header);
      clock = MINUTE_MS - 1;
      outcome = refusals.invalid('wrong');
      expect(await ask(guard, 'segments:read', header)).to.equal(reader);
      clock = MINUTE_MS;
      outcome = new Failure('unavailable', 'later');
      expect(await ask(guard, 'segments:read', header)).to.equal('unavailable');
      expect(calls).to.deep.equal([]);
      outcome = reader;
      expect(await ask(guard, 'segments:read', header)).to.equal(reader);
      expect(calls).to.deep.equal([]);

      clock = 2 * MINUTE_MS;
      outcome = refusals.invalid('wrong');
      expect(await ask(guard, 'segments:read', header)).to.equal('unauthenticated');
      expect(calls).to.deep.equal(['failed']);
      expect(await ask(guard, 'segments:read', header)).to.equal('unauthenticated');
      expect(calls).to.deep.equal(['begin', 'failed']);
    });
  }

  it('does the same where nothing is counted', async () => {
    const guard = create(false);
    expect(await ask(guard)).to.equal('unauthenticated');
    expect(await ask(guard, 'segments:write', HEADER)).to.equal('forbidden');
    clock = MINUTE_MS;
    for (const failure of [new Failure('unavailable', 'later'), refusals.invalid('wrong')]) {
      outcome = failure;
      expect(await ask(guard, 'segments:read', HEADER)).to.equal(failure.kind);
      expect(await ask(guard, 'segments:read', HEADER)).to.equal(failure.kind);
    }
  });
});
