import { expect } from 'chai';
import { type RabbitmqServer, startRabbitmqServer } from '../../scripts/testbed/rabbitmq-server.js';
import { startUss, type Uss } from '../../src/uss/service.js';
import { send } from '../support/http.js';
import { ussConfig } from '../support/system.js';
import { until } from '../support/until.js';

/** Enough for RabbitMQ to go on refusing on the channel that it has refused on. */
const REFUSALS = 200;

describe('A queue at its limit', () => {
  let broker: RabbitmqServer;
  let uss: Uss;
  let base = '';

  before(async () => {
    broker = await startRabbitmqServer();
    const rabbitmq = { url: broker.url, queue: 'few', timeoutMs: 3_000 };
    uss = await startUss(ussConfig(1, { transport: 'rabbitmq', rabbitmq }));
    await uss.ready;
    base = `http://127.0.0.1:${uss.httpPort}`;
  });
  after(async () => {
    await uss.close();
    await broker.close();
  });

  const post = () => send(base, '/segment', { body: { segment: 's', user_id: 'a' } });
  const readiness = async () => await send(base, '/readyz');

  it('makes USS not ready, which says why, and ready again as soon as there is room', async () => {
    expect((await post()).status).to.equal(202);
    await broker.control('set_policy', 'few', '^few$', '{"max-length":2}');
    let refused = 0;
    await until(async () => {
      const { status, json } = await post();
      if (status === 202) return false;
      expect(status).to.equal(503);
      expect(json.detail).to.match(/limit/);
      refused += 1;
      return refused === REFUSALS;
    });
    await until(async () => (await readiness()).status === 503);
    expect((await readiness()).json.detail).to.match(/limit/);
    // It stays so although nothing is sent.
    for (let look = 0; look < 5; look += 1) expect((await readiness()).status).to.equal(503);

    await broker.control('clear_policy', 'few');
    await until(async () => (await readiness()).status === 200);
    expect((await post()).status).to.equal(202);
  });
});
