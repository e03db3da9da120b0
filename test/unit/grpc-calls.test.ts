import { expect } from 'chai';
import { reasonOf } from '../../src/uss/grpc-calls.js';

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
