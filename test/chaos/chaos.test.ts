import { expect } from 'chai';
import { createRandom } from '../../scripts/testbed/random.js';
import { countLost, NOTHING_LOST } from '../support/count-lost.js';
import { deploy } from './deployment.js';
import { startLoad } from './load.js';
import { runChaos } from './suite.js';

describe('under load', function () {
  this.timeout(120_000);

  // Samples of that many users have all of them, or those below a limit.
  for (const [mode, faults, seed, sampleSize] of [
    ['single', 8, 1, '64'],
    ['rabbitmq', 4, 2, '16384'],
  ] as const) {
    it(`loses nothing that was acknowledged, whatever goes wrong: ${mode}`, async () => {
      const env = { ES_SAMPLE_SIZE: sampleSize };
      const report = await runChaos({ mode, faults, seed, pace: 0.3, env });
      expect(report.lost).to.deep.equal(NOTHING_LOST);
      expect(report.acknowledged).to.be.greaterThan(1_000);
      expect(report.faults).to.have.length(faults);
    });
  }

  it('fails no request while everything is restarted one by one', async () => {
    const deployment = await deploy('single', {
      USS_SHUTDOWN_DELAY_MS: '500',
      ES_SHUTDOWN_DELAY_MS: '100',
    });
    const { bases, services, redis } = deployment;
    const random = createRandom(1);
    const load = startLoad({ bases, clients: 16, pauseMs: 2, random, balanced: true });
    for (const part of services) {
      await load.next();
      await part.stop();
      await part.start();
      const sent = load.acknowledged.length;
      while (load.acknowledged.length < sent + 500) await load.next();
    }
    await load.stop();
    expect(Object.fromEntries(load.refused)).to.deep.equal({});
    expect(await countLost(redis, load.acknowledged)).to.deep.equal(NOTHING_LOST);
    await deployment.close();
  });
});
