import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { privateRedisUrl } from '../../src/local/private-redis.js';
import { startHeldRedis } from '../support/held-redis.js';
import { countOf, send } from '../support/http.js';
import { type Running, startNode } from '../support/process.js';
import { startRedisServer } from '../support/redis-server.js';
import { createRpcClient } from '../support/rpc.js';
import { startRedis, type TestRedis } from '../support/system.js';

const FREE_PORTS = { ES_HTTP_PORT: '0', ES_GRPC_PORT: '0', USS_HTTP_PORT: '0' };

describe('starting and stopping', () => {
  let redis: TestRedis;
  const running: Running[] = [];
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());
  afterEach(async () => {
    for (const service of running.splice(0)) await service.kill();
  });

  function start(name: 'es' | 'uss', env: Record<string, string> = {}): Running {
    const service = startNode(`dist/${name}/main.js`, {
      ...FREE_PORTS,
      ES_REDIS_URL: redis.url,
      ...env,
    });
    running.push(service);
    return service;
  }

  async function restUrl(service: Running): Promise<string> {
    const [, port] = await service.printed(/REST on 127\.0\.0\.1:(\d+)/);
    return `http://127.0.0.1:${port}`;
  }

  async function grpcPort(service: Running): Promise<string> {
    return (await service.printed(/gRPC on 127\.0\.0\.1:(\d+)/))[1] as string;
  }

  for (const name of ['es', 'uss'] as const) {
    const prefix = name.toUpperCase();

    it(`ends ${prefix} with one line when its configuration is bad`, async () => {
      const service = start(name, {
        [`${prefix}_HTTP_PORT`]: 'x',
        [`${prefix}_LOG_LEVEL`]: 'y',
      });
      expect((await service.exited).code).to.equal(1);
      expect(service.output().split('\n')).to.have.length(1);
      expect(service.output()).to.match(
        new RegExp(`^${name}: bad configuration: .*${prefix}_HTTP_PORT.*; ${prefix}_LOG_LEVEL`),
      );
    });

    it(`ends ${prefix} with one line when its port is taken`, async () => {
      const [holder, port] = await listen();
      const service = start(name, { [`${prefix}_HTTP_PORT`]: String(port) });
      expect((await service.exited).code).to.equal(1);
      expect(service.output()).to.equal(
        `${name}: port ${port} on 127.0.0.1 is taken; set ${prefix}_HTTP_PORT to a free one ('lsof -i tcp:${port}' names who has it)`,
      );
      holder.close();
    });
  }

  it('ends ES with one line when its gRPC port is taken', async () => {
    const [holder, port] = await listen();
    const service = start('es', { ES_GRPC_PORT: String(port) });
    expect((await service.exited).code).to.equal(1);
    expect(service.output()).to.equal(
      `es: port ${port} on 127.0.0.1 is taken; set ES_GRPC_PORT to a free one ('lsof -i tcp:${port}' names who has it)`,
    );
    holder.close();
  });

  it('waits for a Redis that is not there yet, alive but not ready', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'late-redis-'));
    const es = start('es', { ES_REDIS_URL: privateRedisUrl(directory) });
    const base = await restUrl(es);
    await es.printed(/Redis at .* cannot be reached, waiting for it: connect ENOENT/);
    expect((await send(base, '/healthz')).status).to.equal(200);
    const readiness = await send(base, '/readyz');
    expect(readiness.status).to.equal(503);
    expect(readiness.headers['retry-after']).to.equal('1');
    expect(readiness.json).to.deep.include({
      detail: 'not ready: redis cannot be reached',
      checks: { redis: 'unreachable' },
    });
    const store = await send(base, '/segment', { body: { segment: 's', user_id: 'u' } });
    expect([store.status, store.json.detail]).to.deep.equal([
      503,
      'the store cannot be reached now; try again',
    ]);

    const late = await startHeldRedis(directory);
    await es.printed(/Redis at .* is reached/);
    expect((await send(base, '/readyz')).status).to.equal(200);
    expect(
      (await send(base, '/segment', { body: { segment: 's', user_id: 'u' } })).status,
    ).to.equal(202);
    expect(es.output().match(/Redis at .* cannot be reached/g)).to.have.length(1);
    await late.close(AbortSignal.timeout(5_000));
    await es.printed(/is reached.*Redis at .* cannot be reached/s);
    expect((await send(base, '/healthz')).status).to.equal(200);
    rmSync(directory, { recursive: true });
  });

  it('waits for an ES that is not there yet, alive but not ready', async () => {
    const [holder, port] = await listen();
    holder.close();
    const uss = start('uss', {
      USS_ES_ADDRESS: `dns:///127.0.0.1:${port}`,
      USS_ES_TIMEOUT_MS: '1000',
    });
    const base = await restUrl(uss);
    await uss.printed(/ES at .* cannot be reached, waiting for it/);
    expect((await send(base, '/healthz')).status).to.equal(200);
    expect((await send(base, '/readyz')).status).to.equal(503);
    const store = await send(base, '/segment', { body: { segment: 's', user_id: 'u' } });
    expect([store.status, store.headers['retry-after']]).to.deep.equal([503, '1']);
    expect((await send(base, '/segment/s')).status).to.equal(503);

    const es = start('es', { ES_GRPC_PORT: String(port) });
    await uss.printed(/ES at .* is reached/);
    expect((await send(base, '/readyz')).status).to.equal(200);
    expect(
      (await send(base, '/segment', { body: { segment: 'late', user_id: 'u' } })).status,
    ).to.equal(202);
    await es.kill();
    await uss.printed(/is reached.*ES at .* cannot be reached/s);
  });

  it('answers 504 when ES does not answer in time', async () => {
    const [silent, port] = await listen();
    const uss = start('uss', {
      USS_ES_ADDRESS: `dns:///127.0.0.1:${port}`,
      USS_ES_TIMEOUT_MS: '300',
    });
    const { status, json } = await send(await restUrl(uss), '/segment/s');
    expect([status, json.title]).to.deep.equal([504, 'Gateway Timeout']);
    silent.close();
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`finishes what is in flight at ${signal}, and ends with 0`, async () => {
      const es = start('es');
      const uss = start('uss', { USS_ES_ADDRESS: `dns:///127.0.0.1:${await grpcPort(es)}` });
      await uss.printed(/is reached/);
      for (const service of [uss, es]) {
        const base = await restUrl(service);
        const halfway = await openHalfway(base, '{"segment":"flight","user');
        service.child.kill(signal);
        await refusesConnections(base);
        halfway.end(`_id":"${service.child.pid}"}`);
        const [response] = await once(halfway, 'response');
        expect(response.statusCode).to.equal(202);
        response.resume();
        expect(await service.exited).to.deep.equal({ code: 0, signal: null });
      }
      const again = await restUrl(start('es'));
      await running.at(-1)?.printed(/is reached/);
      expect(await countOf(again, 'flight')).to.be.at.least(2);
    });
  }

  it('cuts what does not finish within the limit, and still ends with 0', async () => {
    const es = start('es', { ES_SHUTDOWN_TIMEOUT_MS: '200' });
    const halfway = await openHalfway(await restUrl(es), '{"seg');
    const cut = once(halfway, 'error');
    es.child.kill('SIGTERM');
    expect(await es.exited).to.deep.equal({ code: 0, signal: null });
    await cut;
  });

  it('ends at once at a second signal', async () => {
    const es = start('es', { ES_SHUTDOWN_TIMEOUT_MS: '60000' });
    const base = await restUrl(es);
    const halfway = await openHalfway(base, '{"seg');
    halfway.on('error', () => {});
    es.child.kill('SIGTERM');
    await refusesConnections(base);
    // Signals that come close together are taken for one.
    const again = setInterval(() => es.child.kill('SIGTERM'), 50);
    expect((await es.exited).code).to.equal(143);
    clearInterval(again);
  });

  it('is not ready for a while before it stops, and serves on meanwhile', async () => {
    const es = start('es', { ES_SHUTDOWN_DELAY_MS: '1500' });
    const base = await restUrl(es);
    await es.printed(/is reached/);
    const rpc = createRpcClient(`127.0.0.1:${await grpcPort(es)}`);
    es.child.kill('SIGTERM');
    let answer = await send(base, '/readyz');
    while (answer.status === 200) answer = await send(base, '/readyz');
    expect([answer.status, answer.json.detail]).to.deep.equal([
      503,
      'not ready: the service is stopping',
    ]);
    const body = { segment: 'late', user_id: 'u' };
    expect((await send(base, '/segment', { body })).status).to.equal(202);
    expect((await rpc.call('Count', { segment: 'late' })).user_count).to.equal(1);
    rpc.close();
    expect(await es.exited).to.deep.equal({ code: 0, signal: null });
  });

  it('warns of a Redis that would lose counts', async () => {
    const careless = await startRedisServer({
      appendonly: 'no',
      'maxmemory-policy': 'volatile-lru',
    });
    const es = start('es', { ES_REDIS_URL: `redis://127.0.0.1:${careless.port}` });
    await es.printed(/maxmemory-policy is volatile-lru, which evicts counts/);
    await es.printed(/keeps nothing on disk/);
    await es.kill();
    await careless.close();
    const good = start('es');
    await good.printed(/is reached/);
    await send(await restUrl(good), '/readyz');
    expect(good.output()).not.to.contain('Redis: ');
  });

  it('does not wait for idle keep-alive connections', async () => {
    const es = start('es');
    const { hostname, port } = new URL(await restUrl(es));
    const idle = request({
      hostname,
      port,
      path: '/healthz',
      headers: { connection: 'keep-alive' },
    });
    idle.end();
    const [response] = await once(idle, 'response');
    response.resume();
    await once(response, 'end');
    es.child.kill('SIGTERM');
    expect((await es.exited).code).to.equal(0);
  });
});

/** A server that takes connections and says nothing. */
async function listen(): Promise<[{ close(): void }, number]> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return [{ close }, (server.address() as { port: number }).port];
}

/** A POST /segment whose body has begun to arrive. */
async function openHalfway(base: string, begin: string): Promise<ClientRequest> {
  const halfway = request(`${base}/segment`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', expect: '100-continue' },
  });
  halfway.flushHeaders();
  await once(halfway, 'continue');
  halfway.write(begin);
  return halfway;
}

/** Resolves when a service accepts no more connections. */
async function refusesConnections(base: string): Promise<void> {
  while (
    await send(base, '/healthz').then(
      () => true,
      () => false,
    )
  );
}
