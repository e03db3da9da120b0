import { expect } from 'chai';
import { type EsSystem, startEsWithRedis, storeUsers } from '../support/es.js';
import { send } from '../support/http.js';

describe('Segments of an expression that have no users', () => {
  let telling: EsSystem;
  let hiding: EsSystem;
  before(async () => {
    telling = await startEsWithRedis();
    hiding = await startEsWithRedis([{ minReportedCount: 50 }]);
    for (const { urls } of [telling, hiding]) {
      await storeUsers(urls[0], 'sport', [0, 300]);
      await storeUsers(urls[0], 'news', [200, 500], 5);
    }
  });
  after(() => Promise.all([telling.close(), hiding.close()]));

  for (const [expression, empty] of [
    [{ all: ['sport'] }, []],
    [{ all: ['sport'], none: ['nwes'] }, ['nwes']],
    [{ all: ['sport'], any: ['news', 'Sport'] }, ['Sport']],
    [{ any: ['x', 'sport', 'y'], none: ['x', 'y'] }, ['x', 'y']],
    [{ all: ['none', 'none'] }, ['none']],
    [{ all: ['sport'], none: ['news'], days: 5 }, ['news']],
    [{ all: ['sport'], none: ['news'], days: 6 }, []],
  ] as const) {
    it(`are named by the answer to ${JSON.stringify(expression)}`, async () => {
      const { json } = await send(telling.urls[0], '/estimate', { body: expression });
      expect(json.empty).to.deep.equal(empty.length > 0 ? empty : undefined);
      const answer = await telling.rpc.call('EstimateExpression', expression);
      expect(answer.empty).to.deep.equal(empty);
    });
  }

  it('are not told from those of few users where these are hidden', async () => {
    const expression = { all: ['sport'], none: ['nwes'] };
    const { json } = await send(hiding.urls[0], '/estimate', { body: expression });
    expect(json).to.have.property('user_count');
    expect(json).not.to.have.property('empty');
    expect((await hiding.rpc.call('EstimateExpression', expression)).empty).to.deep.equal([]);
  });
});
