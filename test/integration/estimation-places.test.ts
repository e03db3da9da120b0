import { expect } from 'chai';
import { type EsSystem, startEsWithRedis, storeUsers } from '../support/es.js';
import { send } from '../support/http.js';

const OVERLAPS = 8;

const QUESTIONS = [
  ['/estimate', { all: ['a'] }],
  ['/estimate', { all: ['a', 'a'], any: ['a', 'b'] }],
  ['/estimate', { all: ['a'], none: ['a'] }],
  ['/overlap', { segments: ['a', 'b'] }],
  ['/estimate', { all: ['a', 'b'], none: ['c'] }],
  ['/segment/a/similar', undefined],
] as const;

describe('Estimates beside many overlaps of six segments', () => {
  const six = ['a', 'b', 'c', 'd', 'e', 'f'];
  let system: EsSystem;
  before(async () => {
    system = await startEsWithRedis();
    for (const [index, segment] of six.entries()) {
      await storeUsers(system.urls[0], segment, [1_000 * index, 1_000 * index + 20_000]);
    }
  });
  after(() => system.close());

  it('do not wait for them, if they are of up to three segments', async () => {
    let ended = 0;
    const overlaps = Array.from({ length: OVERLAPS }, async () => {
      const { status } = await send(system.urls[0], '/overlap', { body: { segments: six } });
      ended += 1;
      return status;
    });
    for (const [path, body] of QUESTIONS) {
      const { status } = await send(system.urls[0], path, body && { body });
      expect(status).to.equal(200);
      // Behind them, it would be answered after the last but one.
      expect(ended, `${path} ${JSON.stringify(body)}`).to.be.below(OVERLAPS - 1);
    }
    expect(new Set(await Promise.all(overlaps))).to.deep.equal(new Set([200]));
  });
});
