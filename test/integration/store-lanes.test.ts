import { expect } from 'chai';
import { freePort } from '../../scripts/testbed/free-port.js';
import { type Es, startEs } from '../../src/es/service.js';
import { startUss, type Uss } from '../../src/uss/service.js';
import { countOf, send } from '../support/http.js';
import { esConfig, startRedis, type TestRedis, ussConfig } from '../support/system.js';
import { until } from '../support/until.js';

/** How long a batch may take: longer than a busy machine needs to open a connection anew, some times over. */
const PATIENT_MS = 30_000;

/** How old connections become: many times as long as a busy machine needs to open one. */
const AGE_MS = 1_000;

describe('batches on their way from USS to ES', () => {
  let redis: TestRedis;
  let services: { close(): Promise<void> }[];
  beforeEach(async () => {
    redis = await startRedis();
    services = [];
  });
  afterEach(async () => {
    for (const service of services.reverse()) await service.close();
    await redis.close();
  });

  async function startEsOn(port = 0, limits: object = {}): Promise<Es> {
    const es = await startEs(
      esConfig(redis.url, { grpc: { port, ...limits }, shutdown: { timeoutMs: 3_000 } }),
    );
    services.push(es);
    await es.ready;
    return es;
  }

  async function startUssOf(ports: number[], more: object = {}): Promise<Uss> {
    const address = `ipv4:${ports.map((port) => `127.0.0.1:${port}`).join(',')}`;
    const uss = await startUss(ussConfig(0, { es: { address, timeoutMs: PATIENT_MS, ...more } }));
    services.push(uss);
    await uss.ready;
    return uss;
  }

  const post = (uss: Uss, user: number) =>
    send(`http://127.0.0.1:${uss.httpPort}`, '/segment', {
      body: { segment: 's', user_id: `u${user}` },
    });

  /** Keeps some clients posting until it is told to stop; resolves to the statuses they got. */
  function keepPosting(uss: Uss, clients: number) {
    const statuses: number[] = [];
    let stopped = false;
    const client = async () => {
      while (!stopped) statuses.push((await post(uss, statuses.length)).status);
    };
    const done = Promise.all(Array.from({ length: clients }, client));
    return {
      statuses,
      async after(answers: number) {
        while (statuses.length < answers) await new Promise(setImmediate);
      },
      async stop() {
        stopped = true;
        await done;
        return new Set(statuses);
      },
    };
  }

  it('go out again on another stream when an ES stops', async () => {
    const [one, other] = [await startEsOn(), await startEsOn()];
    const uss = await startUssOf([one.grpcPort, other.grpcPort]);
    const posting = keepPosting(uss, 8);
    await posting.after(200);
    await one.close();
    await posting.after(posting.statuses.length + 200);
    expect([...(await posting.stop())]).to.deep.equal([202]);
  });

  it('reach an ES that has come later, and none fails when connections end with age', async () => {
    const limits = { maxConnectionAgeMs: AGE_MS };
    const first = await startEsOn(0, limits);
    const port = await freePort();
    const uss = await startUssOf([first.grpcPort, port]);
    const posting = keepPosting(uss, 8);
    await posting.after(100);
    // On a Redis of its own, so that what it stores can be told.
    const other = await startRedis();
    const second = await startEs(esConfig(other.url, { grpc: { port, ...limits } }));
    services.push(other, second);
    await second.ready;
    await until(async () => (await countOf(`http://127.0.0.1:${second.httpPort}`, 's')) > 500);
    expect([...(await posting.stop())]).to.deep.equal([202]);
  });

  it('wait for the one ES there is while it starts anew', async () => {
    const first = await startEsOn();
    const uss = await startUssOf([first.grpcPort]);
    const posting = keepPosting(uss, 8);
    await posting.after(100);
    await first.close();
    await startEsOn(first.grpcPort);
    await posting.after(posting.statuses.length + 100);
    expect([...(await posting.stop())]).to.deep.equal([202]);
    const users = posting.statuses.length;
    const count = await countOf(`http://127.0.0.1:${uss.httpPort}`, 's');
    expect(count).to.be.closeTo(users, Math.max(8, users * 0.0324));
  });

  it('are given up in time when ES stays away', async () => {
    const es = await startEsOn();
    const uss = await startUssOf([es.grpcPort], { timeoutMs: 500 });
    expect((await post(uss, 1)).status).to.equal(202);
    await es.close();
    const answers = await Promise.all([2, 3, 4].map((user) => post(uss, user)));
    for (const { status, json } of answers) {
      expect(status).to.be.oneOf([503, 504]);
      expect(json.detail).to.match(/^the estimation service /);
    }
  });
});
