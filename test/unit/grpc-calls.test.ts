import { expect } from 'chai';
import { reasonOf } from '../../src/uss/es-client/calls.js';
import { createEsReasons } from '../../src/uss/es-client/reasons.js';

const FIRST = 'No connection established. Last error: ';
const ALL = 'round_robin: No connection established. Last error: ';
const REFUSED = 'connect ECONNREFUSED 127.0.0.1:1';

describe('The reason of a call that failed', () => {
  for (const [details, reason] of [
    ['Deadline exceeded', 'Deadline exceeded'],
    [`${FIRST}${REFUSED}. Resolution note: `, REFUSED],
    [`${FIRST}Error: ${REFUSED}. Resolution note: none`, REFUSED],
    [`${ALL}${FIRST}Error: ${REFUSED}. Resolution note: `, REFUSED],
    [`${ALL}${REFUSED}`, REFUSED],
    ...['undefined', 'null', ''].flatMap((nothing) => [
      [`${FIRST}${nothing}. Resolution note: `, 'no connection was made'],
      [`${ALL}${nothing}`, 'no connection was made'],
      [`${ALL}${FIRST}${nothing}. Resolution note: `, 'no connection was made'],
    ]),
  ] as [string, string][]) {
    it(`is ${JSON.stringify(reason)} of ${JSON.stringify(details)}`, () => {
      expect(reasonOf({ details })).to.equal(reason);
    });
  }
});

describe('The reasons why ES cannot be reached', () => {
  it('are told again where grpc-js says none, until ES was reached', () => {
    const reasons = createEsReasons();
    const nothing = { details: `${FIRST}undefined` };
    const late = { details: 'Deadline exceeded after 0.999s,Waiting for LB pick' };
    expect(reasons.of(nothing)).to.equal('no connection was made');
    expect(reasons.of(late)).to.equal(late.details);
    for (const reported of [REFUSED, 'self-signed certificate']) {
      expect(reasons.of({ details: FIRST + reported })).to.equal(reported);
      for (const error of [nothing, late, nothing]) expect(reasons.of(error)).to.equal(reported);
    }
    reasons.forget();
    expect(reasons.of(nothing)).to.equal('no connection was made');
  });
});
