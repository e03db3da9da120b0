import { type RabbitmqServer, startRabbitmqServer } from '../../scripts/testbed/rabbitmq-server.js';
import { createRabbitmq } from '../../src/rabbitmq/connection.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { until } from '../support/until.js';

/** How long each piece takes on its way, so that a connection can be reset at any step of its setup. */
const DELAY_MS = 30;

/** How many pieces RabbitMQ sends at least until a connection is set up. */
const LAST_PIECE = 8;

describe('A connection to RabbitMQ that is reset while it is set up', () => {
  let broker: RabbitmqServer;
  let proxy: FaultProxy;
  before(async () => {
    broker = await startRabbitmqServer();
    proxy = await startFaultProxy(broker.port);
  });
  after(async () => {
    await proxy.close();
    await broker.close();
  });

  it('is opened again, whatever was asked of it', async () => {
    for (let resetAt = 1; resetAt <= LAST_PIECE; resetAt += 1) {
      let pieces = 0;
      const change = (bytes: Buffer) => {
        pieces += 1;
        if (pieces === resetAt) setImmediate(proxy.reset);
        return bytes;
      };
      proxy.fault({ delayMs: DELAY_MS, change }, 'toClient');
      const rabbitmq = createRabbitmq({
        url: broker.url.replace(`:${broker.port}`, `:${proxy.port}`),
        queue: 'memberships',
        timeoutMs: 5_000,
        tls: { caFile: '', certFile: '', keyFile: '', serverName: '' },
      });
      await until(async () => pieces >= resetAt);
      proxy.fault({});
      await until(() =>
        rabbitmq.check().then(
          () => true,
          () => false,
        ),
      );
      await rabbitmq.close();
    }
  });
});
