import { expect } from 'chai';
import { Redis } from 'ioredis';
import { Failure } from '../../src/domain/failure.js';
import { createEstimator, type Estimator } from '../../src/es/estimator.js';
import { startEs } from '../../src/es/service.js';
import { send } from '../support/http.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { esConfig, untilConnected } from '../support/system.js';
import { until } from '../support/until.js';

const DAY = Math.floor(Date.now() / 86_400_000);

/** What asks Redis to wait until replicas have a write. */
const WRITES: Record<string, (es: Estimator) => Promise<unknown>> = {
  'a store': (es) => es.store([{ segment: 'sport', day: DAY, userIds: ['u1'] }]),
  'a removal': (es) => es.remove('sport'),
};

/** What may happen to a WAIT that no replica answers, on a primary that waits for `replica`. */
const REFUSALS: Record<string, (primary: RedisServer, replica: RedisServer) => Promise<unknown>> = {
  'its connection is closed': ({ client }) => client.call('CLIENT', 'KILL', 'TYPE', 'normal'),
  'the primary becomes a replica': ({ client }, { port }) =>
    client.call('REPLICAOF', '127.0.0.1', port),
};

describe('A WAIT that Redis does not answer with a number', function () {
  this.timeout(60_000);
  const opened: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  async function startServer(settings: Record<string, string> = {}): Promise<RedisServer> {
    const server = await startRedisServer(settings);
    opened.push(server);
    return server;
  }

  async function startPair(settings: Record<string, string> = {}) {
    const primary = await startServer(settings);
    const replica = await startServer({ replicaof: `127.0.0.1 ${primary.port}` });
    // The link of the replica may be up before the primary counts it.
    await until(async () => (await primary.client.info('replication')).includes('state=online'));
    return { primary, replica };
  }

  async function openEstimator({ port }: RedisServer): Promise<Estimator> {
    const redis = new Redis({ port, maxRetriesPerRequest: 0, retryStrategy: () => 20 });
    redis.on('error', () => {});
    opened.push({ close: () => redis.disconnect() });
    await untilConnected(redis);
    const es = createEstimator({
      redis,
      windowDays: 14,
      waitReplicas: 1,
      waitTimeoutMs: 30_000,
      now: Date.now,
    });
    await es.catchUp();
    return es;
  }

  const failureOf = (writing: Promise<unknown>) =>
    writing.then(
      () => undefined,
      (error: unknown) => error as Failure,
    );

  for (const [write, run] of Object.entries(WRITES)) {
    for (const [reason, happen] of Object.entries(REFUSALS)) {
      it(`makes ${write} unavailable: ${reason}`, async () => {
        const { primary, replica } = await startPair();
        const es = await openEstimator(primary);
        replica.signal('SIGSTOP');
        const writing = failureOf(run(es));
        await until(async () =>
          /cmd=wait/.test(String(await primary.client.call('CLIENT', 'LIST'))),
        );
        await happen(primary, replica);
        const failure = await writing;
        expect(failure).to.be.instanceOf(Failure);
        expect(failure?.kind).to.equal('unavailable');
      });
    }

    it(`makes ${write} unavailable: Redis refuses the command`, async () => {
      const { primary } = await startPair({ 'rename-command': 'WAIT ""' });
      const failure = await failureOf(run(await openEstimator(primary)));
      expect(failure).to.be.instanceOf(Failure);
      expect(failure?.kind).to.equal('unavailable');
      expect(failure?.options.cause)
        .to.have.property('message')
        .that.matches(/^ERR unknown command/);
    });
  }

  it('keeps ES from being ready, which says so: the command is refused', async () => {
    const server = await startServer({ 'rename-command': 'WAIT ""' });
    const url = `redis://127.0.0.1:${server.port}`;
    const es = await startEs(esConfig(url, { redis: { mode: 'single', url, waitReplicas: 1 } }));
    opened.push(es);
    const base = `http://127.0.0.1:${es.httpPort}`;
    const reason =
      /it refuses WAIT, by which a store waits for replicas \(ES_REDIS_WAIT_REPLICAS=1\)/;
    await until(async () => reason.test((await send(base, '/readyz')).json.detail));
  });
});
