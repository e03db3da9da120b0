import { expect } from 'chai';
import { NotReady, startProbe } from '../../src/process/probe.js';
import type { Logger } from '../../src/telemetry/logger.js';

/** What a probe logs, and tells, of outcomes that come one after the other; the last one stays. */
async function watch(outcomes: readonly (Error | undefined)[], repeatMs?: number) {
  const lines: string[] = [];
  const changes: boolean[] = [];
  let checks = 0;
  const note = (line: string) => void lines.push(line);
  await new Promise<void>((resolve) => {
    const probe = startProbe({
      target: 'it',
      async check() {
        checks += 1;
        if (checks > outcomes.length) {
          probe.stop();
          resolve();
        }
        const error = outcomes[checks - 1];
        if (error !== undefined) throw error;
      },
      logger: { info: note, warn: note } as unknown as Logger,
      onChange: (ok) => changes.push(ok),
      ...(repeatMs !== undefined && { repeatMs }),
    });
  });
  return { lines, changes };
}

describe('A probe', () => {
  const closed = new Error('the connection is closed');
  const [one, other] = [new NotReady('it wants a password'), new NotReady('it is full')];

  it('logs why, though that comes to light only later, each reason once', async () => {
    const { lines, changes } = await watch([closed, closed, one, closed, one, other, one]);
    expect(lines).to.deep.equal([
      'it cannot be reached, waiting for it: the connection is closed',
      'it is not ready, waiting for it: it wants a password',
      'it is not ready, waiting for it: it is full',
    ]);
    expect(changes).to.deep.equal([false]);
  });

  it('logs a reason anew when it has been reached meanwhile', async () => {
    const { lines, changes } = await watch([one, undefined, one]);
    expect(lines).to.deep.equal([
      'it is not ready, waiting for it: it wants a password',
      'it is reached',
      'it is not ready, waiting for it: it wants a password',
    ]);
    expect(changes).to.deep.equal([false, true, false]);
  });

  it('logs a reason that changes, of one that cannot be reached too, but not its numbers', async () => {
    const [late, later] = [new Error('gave up after 1.001s'), new Error('gave up after 1.2s')];
    const { lines } = await watch([late, later, closed, late, closed]);
    expect(lines).to.deep.equal([
      'it cannot be reached, waiting for it: gave up after 1.001s',
      'it cannot be reached, waiting for it: the connection is closed',
    ]);
  });

  it('repeats what it waits for, and why by now', async () => {
    const { lines, changes } = await watch([closed, closed, one, one, undefined, undefined], 0);
    expect(lines).to.deep.equal([
      'it cannot be reached, waiting for it: the connection is closed',
      'it cannot be reached, waiting for it: the connection is closed',
      'it is not ready, waiting for it: it wants a password',
      'it is not ready, waiting for it: it wants a password',
      'it is reached',
    ]);
    expect(changes).to.deep.equal([false, true]);
  });

  for (const error of [new Error(), new NotReady(), new AggregateError([]), 'no error']) {
    it(`has a reason of ${error}, which says nothing`, async () => {
      const { lines } = await watch([error as Error]);
      expect(lines).to.have.length(1);
      expect(lines[0]).to.match(/, waiting for it: it does not say why$/);
    });
  }

  it('does not fill the log with reasons', async () => {
    const { lines } = await watch(
      Array.from({ length: 15 }, (_, at) => new NotReady('x'.repeat(at + 1))),
    );
    expect(lines).to.have.length(10);
  });
});
