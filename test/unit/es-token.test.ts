import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { NotReady } from '../../src/process/probe.js';
import { createTokenCheck } from '../../src/uss/es-client/token.js';

const REFUSALS = [status.UNAUTHENTICATED, status.PERMISSION_DENIED];
const TELL_NOTHING = [
  status.DEADLINE_EXCEEDED,
  status.UNAVAILABLE,
  status.INTERNAL,
  status.CANCELLED,
];
/** Tells that it is right, but not that it is not wrong any more: who guesses too much is told the same. */
const LIMITED = status.RESOURCE_EXHAUSTED;

/** Whether USS is taken to be let in after calls that end like this, one after another. */
async function isLetIn(...codes: status[]): Promise<boolean> {
  const check = createTokenCheck();
  let letIn = false;
  for (const code of codes) {
    const error = Object.assign(new Error(), { code, details: 'why' });
    const outcome = code === status.OK ? Promise.resolve({}) : Promise.reject(error);
    letIn = await check(outcome).then(
      () => true,
      (reason) => {
        expect(reason).to.be.instanceOf(NotReady);
        return false;
      },
    );
  }
  return letIn;
}

describe('createTokenCheck', () => {
  it('takes USS to be let in when its call is carried out, or found bad', async () => {
    expect(await isLetIn(status.OK)).to.equal(true);
    expect(await isLetIn(status.INVALID_ARGUMENT)).to.equal(true);
  });

  it('knows nothing before ES has looked at the credential', async () => {
    for (const code of TELL_NOTHING) expect(await isLetIn(code), status[code]).to.equal(false);
  });

  for (const refusal of REFUSALS) {
    it(`holds to ${status[refusal]} whatever tells nothing of it, until USS is let in`, async () => {
      expect(await isLetIn(status.OK, refusal)).to.equal(false);
      expect(await isLetIn(status.OK, refusal, ...TELL_NOTHING, LIMITED)).to.equal(false);
      expect(await isLetIn(refusal, ...TELL_NOTHING, status.OK)).to.equal(true);
    });
  }

  it('does not take an ES that is busy for one that refuses', async () => {
    expect(await isLetIn(status.OK, ...TELL_NOTHING, LIMITED)).to.equal(true);
  });

  it('takes USS to be let in when it is told at once that it has asked for too much', async () => {
    expect(await isLetIn(LIMITED)).to.equal(true);
    expect(await isLetIn(...TELL_NOTHING, LIMITED, ...TELL_NOTHING)).to.equal(true);
    expect(await isLetIn(LIMITED, status.UNAUTHENTICATED)).to.equal(false);
  });
});
