import { expect } from 'chai';
import { type EsSystem, startEsWithRedis, storeUsers } from '../support/es.js';
import { send } from '../support/http.js';

describe('Segments of a question that have no users', () => {
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

  /** As JSON has it: a list that has nothing is not there. */
  const unlessNone = (names: readonly string[]) => (names.length > 0 ? names : undefined);

  for (const [question, unknown, empty] of [
    [{ all: ['sport'] }, [], []],
    [{ all: ['sport'], none: ['nwes'] }, ['nwes'], []],
    [{ all: ['sport', 'nwes'] }, ['nwes'], []],
    [{ all: ['sport'], any: ['news', 'Sport'] }, ['Sport'], []],
    [{ any: ['x', 'sport', 'y'], none: ['x', 'y'] }, ['x', 'y'], []],
    [{ all: ['none', 'none'] }, ['none'], []],
    [{ all: ['sport', 'x'], none: ['x'] }, ['x'], []],
    [{ any: ['sport', 'a', 'b', 'c'], none: ['d', 'e', 'f'] }, ['a', 'b', 'c', 'd', 'e', 'f'], []],
    [{ all: ['sport'], none: ['news'], days: 5 }, [], ['news']],
    [{ all: ['sport', 'x'], none: ['news'], days: 5 }, ['x'], ['news']],
    [{ all: ['sport'], none: ['news'], days: 6 }, [], []],
    [{ segments: ['sport', 'news'] }, [], []],
    [{ segments: ['sport', 'nwes', 'news'], days: 5 }, ['nwes'], ['news']],
  ] as const) {
    it(`are named by the answer to ${JSON.stringify(question)}`, async () => {
      const [path, method] =
        'segments' in question ? ['/overlap', 'Overlap'] : ['/estimate', 'EstimateExpression'];
      const { json } = await send(telling.urls[0], path as string, { body: question });
      expect(json.unknown).to.deep.equal(unlessNone(unknown));
      expect(json.empty).to.deep.equal(unlessNone(empty));
      const answer = await telling.rpc.call(method as string, question);
      expect([answer.unknown, answer.empty]).to.deep.equal([unknown, empty]);
    });
  }

  it('are not told from those of few users where these are hidden', async () => {
    const expression = { all: ['sport'], none: ['nwes'] };
    const { json } = await send(hiding.urls[0], '/estimate', { body: expression });
    expect(json).to.have.property('user_count');
    expect(json).not.to.have.any.keys('unknown', 'empty');
    const answer = await hiding.rpc.call('EstimateExpression', expression);
    expect([answer.unknown, answer.empty]).to.deep.equal([[], []]);
    const overlap = await send(hiding.urls[0], '/overlap', { body: { segments: ['sport', 'x'] } });
    expect(overlap.json).not.to.have.any.keys('unknown', 'empty');
  });
});
