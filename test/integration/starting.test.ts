import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { privateRedisUrl } from '../../src/local/private-redis.js';
import { startHeldRedis } from '../support/held-redis.js';
import { send } from '../support/http.js';
import { startRedisServer } from '../support/redis-server.js';
import { describeProcesses, listenSilently } from '../support/service-processes.js';
import { timeLimit } from '../support/time-limit.js';

describeProcesses('starting', ({ start, restUrl }) => {
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
      const [holder, port] = await listenSilently();
      const service = start(name, { [`${prefix}_HTTP_PORT`]: String(port) });
      expect((await service.exited).code).to.equal(1);
      expect(service.output()).to.equal(
        `${name}: port ${port} on 127.0.0.1 is taken; set ${prefix}_HTTP_PORT to a free one ('lsof -i tcp:${port}' names who has it)`,
      );
      holder.close();
    });
  }

  it('ends ES with one line when its gRPC port is taken', async () => {
    const [holder, port] = await listenSilently();
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
    await late.close(AbortSignal.timeout(timeLimit(5_000)));
    await es.printed(/is reached.*Redis at .* cannot be reached/s);
    expect((await send(base, '/healthz')).status).to.equal(200);
    rmSync(directory, { recursive: true });
  });

  it('waits for an ES that is not there yet, alive but not ready', async () => {
    const [holder, port] = await listenSilently();
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
    const [silent, port] = await listenSilently();
    const uss = start('uss', {
      USS_ES_ADDRESS: `dns:///127.0.0.1:${port}`,
      USS_ES_TIMEOUT_MS: '300',
    });
    const { status, json } = await send(await restUrl(uss), '/segment/s');
    expect([status, json.title]).to.deep.equal([504, 'Gateway Timeout']);
    silent.close();
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
});
