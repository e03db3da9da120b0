import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { Failure } from '../../src/domain/failure.js';
import { describeError } from '../../src/telemetry/describe-error.js';
import { countOf, refusalsOf, storeFailure } from '../../src/uss/es-client/failures.js';

const CODES = [status.INTERNAL, status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.UNKNOWN];

/** The failures that USS makes of a status, by where ES may have put it. */
const WAYS: Record<string, (code: status) => unknown> = {
  'of a count': (code) => countOf({ failure: { code } }),
  'of groups': (code) => {
    const failures = [{ status: { code }, groups: [0] }];
    const refusals = { refusedGroups: [], limitedGroups: [], retryAfterS: 0, failures };
    return refusalsOf([{ segment: 's', day: 1, userIds: ['u'] }], refusals).get('s');
  },
  'of a call': (code) => {
    try {
      return storeFailure(Object.assign(new Error('it said so'), { code }) as never);
    } catch (error) {
      return error;
    }
  },
};

describe('A failure that ES reports', () => {
  for (const [what, failureOf] of Object.entries(WAYS)) {
    for (const code of CODES) {
      it(`${what} is described in the log by its code: ${status[code]}`, () => {
        const failure = failureOf(code);
        expect(failure).to.be.instanceOf(Failure);
        const { code: logged, type } = describeError((failure as Failure).options.cause);
        expect([logged, type]).to.deep.equal([code, 'Error']);
      });
    }
  }
});
