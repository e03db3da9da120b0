import { expect } from 'chai';
import { countLost } from '../support/lost.js';
import { createRandom } from '../support/sample.js';
import { deploy } from './deployment.js';
import { startLoad } from './load.js';
import { runChaos } from './suite.js';

describe('under load', function () {
  this.timeout(120_000);

  it('loses nothing that was acknowledged, whatever dies', async () => {
    const seed = Date.now() % 1e9;
    const report = await runChaos({ mode: 'single', faults: 4, seed, waitReplicas: 0, pace: 0.3 });
    expect(report.lost, `seed ${seed}`).to.deep.equal({ bucket: 0, window: 0 });
    expect(report.acknowledged).to.be.greaterThan(1_000);
    expect(Object.keys(report.refused), `seed ${seed}`).not.to.include('500');
  });

  it('loses nothing that was acknowledged on its way through RabbitMQ', async () => {
    const seed = Date.now() % 1e9;
    const report = await runChaos({
      mode: 'rabbitmq',
      faults: 3,
      seed,
      waitReplicas: 0,
      pace: 0.3,
    });
    expect(report.lost, `seed ${seed}`).to.deep.equal({ bucket: 0, window: 0 });
    expect(report.acknowledged).to.be.greaterThan(1_000);
    expect(Object.keys(report.refused), `seed ${seed}`).not.to.include('500');
  });

  it('fails no request while everything is restarted one by one', async () => {
    const deployment = await deploy('single', 0, {
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
    expect(await countLost(redis, load.acknowledged)).to.deep.equal({ bucket: 0, window: 0 });
    await deployment.close();
  });
});
