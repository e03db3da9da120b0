import { expect } from 'chai';
import { storeLines } from '../support/es.js';
import { countOf, send } from '../support/http.js';
import { type Running, startNode } from '../support/process.js';
import { startRedis, type TestRedis } from '../support/system.js';

describe('several workers', () => {
  let redis: TestRedis;
  const running: Running[] = [];
  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    for (const one of running) await one.kill();
    await redis.close();
  });

  /** Starts a service of some workers, and resolves to the port of its REST. */
  async function start(
    name: string,
    env: Record<string, string>,
    workers = 3,
  ): Promise<[Running, string[]]> {
    const service = startNode(`dist/${name}/main.js`, {
      [`${name.toUpperCase()}_WORKERS`]: String(workers),
      [`${name.toUpperCase()}_HTTP_PORT`]: '0',
      ...env,
    });
    running.push(service);
    const ports = await service.printed(
      /REST on 127\.0\.0\.1:(\d+)(?:, gRPC on 127\.0\.0\.1:(\d+))?/,
    );
    await service.printed(new RegExp(`${workers} workers serve`));
    return [service, ports.slice(1)];
  }

  const until = async (condition: () => Promise<boolean>) => {
    while (!(await condition())) await new Promise(setImmediate);
  };

  it('share the ports, are counted together, replaced one by one and stopped together', async () => {
    const [es, [esPort, grpcPort]] = await start('es', {
      ES_REDIS_URL: redis.url,
      ES_GRPC_PORT: '0',
    });
    const [uss, [ussPort]] = await start('uss', {
      USS_ES_ADDRESS: `dns:///127.0.0.1:${grpcPort}`,
    });
    const base = `http://127.0.0.1:${ussPort}`;
    const ready = async () => (await send(base, '/readyz')).status === 200;
    for (let times = 0; times < 3; times += 1) await until(ready);

    const users = Array.from({ length: 90 }, (_, user) => `u${user}`);
    const post = (user_id: string) => send(base, '/segment', { body: { segment: 's', user_id } });
    for (const { status } of await Promise.all(users.map(post))) expect(status).to.equal(202);
    expect(await countOf(base, 's')).to.be.closeTo(90, 2);
    expect(await countOf(`http://127.0.0.1:${esPort}`, 's')).to.be.closeTo(90, 2);

    const { text } = await send(base, '/metrics');
    expect(text).to.match(/_count\{method="POST",route="\/segment",status="202"\} 90\n/);

    const [, victim] = /"pid":(\d+)[^\n]*"msg":"REST on/.exec(uss.output()) ?? [];
    process.kill(Number(victim), 'SIGKILL');
    await uss.printed(/worker \d+ died \(SIGKILL\), starting another/);
    await uss.printed(/(REST on[\s\S]*){4}/);
    expect((await post('more')).status).to.equal(202);

    for (const service of [uss, es]) {
      service.child.kill('SIGTERM');
      expect(await service.exited).to.deep.equal({ code: 0, signal: null });
    }
  });

  it('of ES lose and fail nothing when they are killed one after the other', async () => {
    const [es, [, grpcPort]] = await start('es', { ES_REDIS_URL: redis.url, ES_GRPC_PORT: '0' });
    const [, [ussPort]] = await start('uss', { USS_ES_ADDRESS: `dns:///127.0.0.1:${grpcPort}` });
    const base = `http://127.0.0.1:${ussPort}`;
    await until(async () => (await send(base, '/readyz')).status === 200);
    const statuses: number[] = [];
    let stopped = false;
    const client = async () => {
      while (!stopped) {
        const body = { segment: 'killed', user_id: `u${statuses.length}` };
        statuses.push((await send(base, '/segment', { body })).status);
      }
    };
    const clients = Promise.all(Array.from({ length: 8 }, client));
    for (let killed = 1; killed <= 3; killed += 1) {
      const [, victim] = [...es.output().matchAll(/"pid":(\d+)[^\n]*"msg":"REST on/g)].at(-1) ?? [];
      process.kill(Number(victim), 'SIGKILL');
      await es.printed(new RegExp(`(REST on[\\s\\S]*){${3 + killed}}`));
      const answered = statuses.length;
      await until(async () => statuses.length > answered + 200);
    }
    stopped = true;
    await clients;
    expect([...new Set(statuses)]).to.deep.equal([202]);
  });

  it('fail to start in one line', async () => {
    const [first, [port = '']] = await start('es', { ES_REDIS_URL: redis.url, ES_GRPC_PORT: '0' });
    const second = startNode('dist/es/main.js', {
      ES_WORKERS: '2',
      ES_HTTP_PORT: port,
      ES_GRPC_PORT: '0',
      ES_REDIS_URL: redis.url,
      ES_LOG_LEVEL: 'silent',
    });
    running.push(second);
    expect(await second.exited).to.deep.equal({ code: 1, signal: null });
    expect(second.output()).to.match(
      /^es: port \d+ on 127\.0\.0\.1 is taken; set ES_HTTP_PORT to a free one \('lsof -i tcp:\d+' names who has it\)$/,
    );
    await first.kill();
  });

  it('of ES list at once what any of them has stored or deleted', async () => {
    const [, [esPort]] = await start('es', { ES_REDIS_URL: redis.url, ES_GRPC_PORT: '0' }, 2);
    const base = `http://127.0.0.1:${esPort}`;
    for (let times = 0; times < 4; times += 1) {
      await until(async () => (await send(base, '/readyz')).status === 200);
    }
    // Each request has a connection of its own, and workers take connections in turn.
    const totals = async () =>
      (await Promise.all([1, 2, 3, 4].map(() => send(base, '/segments?prefix=fresh-')))).map(
        ({ json }) => json.total,
      );
    const fresh = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => `fresh-${from + index}`);
    let known = 0;
    for (const many of [1, 1, 5_000, 1, 1, 1]) {
      const lines = fresh(known, known + many).map((segment) =>
        JSON.stringify({ segment, user_id: 'u' }),
      );
      await storeLines(base, lines);
      known += many;
      expect(await totals()).to.deep.equal([known, known, known, known]);
    }
    for (const segment of fresh(0, 5)) {
      await send(base, `/segment/${segment}`, { method: 'DELETE' });
      known -= 1;
      expect(await totals()).to.deep.equal([known, known, known, known]);
    }
  });
});
