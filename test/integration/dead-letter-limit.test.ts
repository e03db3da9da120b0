import { expect } from 'chai';
import { DEAD_LETTER_LIMIT, declareQueues } from '../../src/rabbitmq/queues.js';
import { batchOf, describeDeadLetters, NONSENSE } from '../support/dead-letters.js';
import { countOf, send } from '../support/http.js';
import { until } from '../support/until.js';

describeDeadLetters('The limit of dead letters', (system) => {
  const { open, put, letters, metric } = system;

  it('holds up nothing and loses nothing when it is reached', async () => {
    const [limit, sent] = [5, 30];
    await system.broker.control(
      'set_policy',
      'few',
      `^${system.queue}.dead$`,
      `{"max-length":${limit}}`,
    );
    const base = await open();
    const kept = async () => {
      const listed = await system.broker.control('list_queues', '--quiet', 'name', 'messages');
      const counts = [...listed.matchAll(/^(\S+)\s+(\d+)$/gm)];
      const own = counts.filter(([, name]) => name?.startsWith(system.queue));
      return own.reduce((sum, [, , messages]) => sum + Number(messages), 0);
    };
    const heldBack = () =>
      metric(base, 'segmentation_rabbitmq_consumed_messages_total{outcome="held_back"}');
    expect(await heldBack()).to.equal(0);
    for (let index = 0; index < sent; index += 1) {
      await put(NONSENSE);
      await put(batchOf('s', `user ${index}`));
    }
    await until(async () => (await countOf(base, 's')) === sent);
    await until(async () => (await heldBack()) > 0);
    await until(async () => (await kept()) === sent);
    expect(await letters()).to.be.within(limit, limit + 10);
    expect((await send(base, '/readyz')).status).to.equal(200);

    await system.closeEs();
    let seen = 0;
    await until(async () => {
      if ((await system.channel.get(`${system.queue}.dead`, { noAck: true })) !== false) seen += 1;
      return seen === sent;
    });
    await until(async () => (await kept()) === 0);
  });

  it('is none for those of an earlier version, which go on without', async () => {
    const listed = await system.broker.control('list_queues', '--quiet', 'name', 'arguments');
    const line = listed.split('\n').find((one) => one.startsWith(`${system.queue}.dead`));
    expect(line).to.contain(`{"x-max-length",${DEAD_LETTER_LIMIT.messages}}`);
    expect(line).to.contain(`{"x-max-length-bytes",${DEAD_LETTER_LIMIT.bytes}}`);

    system.queue = `${system.queue}-old`;
    const old = { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000_000 };
    await system.channel.assertQueue(`${system.queue}.dead`, { durable: true, arguments: old });
    expect(await declareQueues(system.connection, system.queue)).to.equal(false);
    await open();
    await put(NONSENSE);
    await until(async () => (await letters()) === 1);
  });
});
