import { expect } from 'chai';
import { type EsSystem, startEsWithRedis, storeUsers } from '../support/es.js';
import { send } from '../support/http.js';

describe('The metric of windows that were merged', () => {
  let system: EsSystem;
  before(async () => {
    system = await startEsWithRedis();
    await storeUsers(system.urls[0], 'sport', [0, 10]);
  });
  after(() => system.close());

  const merges = async () => {
    const { text } = await send(system.urls[0], '/metrics');
    return Number(/^segmentation_window_merges_total (\d+)$/m.exec(text)?.[1]);
  };

  it('rises with the first count of a window, not with those that follow, nor with estimates', async () => {
    for (const [path, body, expected] of [
      ['/segment/sport', undefined, 1],
      ['/segment/sport', undefined, 1],
      ['/segment/sport/estimate', undefined, 1],
      ['/segment/sport/estimate?days=3', undefined, 1],
      ['/estimate', { all: ['sport'] }, 1],
      ['/segment/nobody', undefined, 2],
    ] as const) {
      expect((await send(system.urls[0], path, { body })).status, path).to.equal(200);
      expect(await merges(), path).to.equal(expected);
    }
  });
});
