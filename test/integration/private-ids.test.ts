import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { startEs } from '../../src/es/service.js';
import { countOf, send, untilReady } from '../support/http.js';
import { type Running, startNode } from '../support/process.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { esConfig } from '../support/system.js';

const SECRET = 'a secret of thirty-two characters';
const RAW = 'somebody-in-particular';

describe('user ids', () => {
  let redis: RedisServer;
  let url: string;
  let services: { close(): Promise<void> }[] = [];
  beforeEach(async () => {
    redis = await startRedisServer();
    url = `redis://127.0.0.1:${redis.port}`;
  });
  afterEach(async () => {
    for (const service of services.reverse()) await service.close();
    services = [];
    await redis.close();
  });

  async function start(userIdSecret: string): Promise<string> {
    const es = await startEs(esConfig(url, { userIdSecret }));
    services.push(es);
    await es.ready;
    return `http://127.0.0.1:${es.httpPort}`;
  }
  const bulkOf = (userIds: readonly string[]) => ({
    headers: { 'content-type': 'application/x-ndjson' },
    body: userIds.map((user_id) => JSON.stringify({ segment: 's', user_id })).join('\n'),
  });

  it('never get to Redis when a secret is set', async () => {
    const base = await start(SECRET);
    const monitor = await redis.client.monitor();
    const seen: string[] = [];
    monitor.on('monitor', (_time: string, command: string[]) => seen.push(command.join(' ')));

    const body = { segment: 's', user_id: RAW };
    expect((await send(base, '/segment', { body })).status).to.equal(202);
    const users = Array.from({ length: 1_000 }, (_, index) => `${RAW}-${index}`);
    expect((await send(base, '/segments', bulkOf(users))).json.accepted).to.equal(1_000);
    expect(await countOf(base, 's')).to.be.closeTo(1_001, 33);

    // Its answer comes after all that was seen before.
    await redis.client.echo('the end');
    while (!seen.some((command) => command.includes('the end'))) await new Promise(setImmediate);
    monitor.disconnect();
    expect(seen.some((command) => /PFADD/i.test(command))).to.equal(true);
    expect(seen.filter((command) => command.includes(RAW))).to.deep.equal([]);
    const found = execFileSync('sh', ['-c', `grep -rl ${RAW} '${redis.directory}' || true`]);
    expect(String(found)).to.equal('');
  });

  it('get to Redis as they are without one', async () => {
    const base = await start('');
    await send(base, '/segment', { body: { segment: 's', user_id: RAW } });
    const found = execFileSync('sh', ['-c', `grep -rl ${RAW} '${redis.directory}' || true`]);
    expect(String(found)).to.contain('appendonly');
  });

  it('are the same to every ES with the same secret, and others to one with another', async () => {
    const [one, same, another] = [
      await start(SECRET),
      await start(SECRET),
      await start(`${SECRET}!`),
    ];
    for (const base of [one, same])
      await send(base, '/segment', { body: { segment: 's', user_id: RAW } });
    expect(await countOf(one, 's')).to.equal(1);
    await send(another, '/segment', { body: { segment: 's', user_id: RAW } });
    expect(await countOf(one, 's')).to.equal(2);
  });

  it('are in no log, no error and no metric', async () => {
    const running: Running[] = [];
    const run = async (script: string, env: Record<string, string>) => {
      const service = startNode(script, env);
      running.push(service);
      const [, http = '', grpc = ''] = await service.printed(
        /REST on [^"]*?:(\d+)(?:, gRPC on [^"]*?:(\d+))?/,
      );
      return { base: `http://127.0.0.1:${http}`, grpc };
    };
    const es = await run('dist/es/main.js', {
      ES_REDIS_URL: url,
      ES_HTTP_PORT: '0',
      ES_GRPC_PORT: '0',
      ES_LOG_LEVEL: 'trace',
    });
    const uss = await run('dist/uss/main.js', {
      USS_ES_ADDRESS: `ipv4:127.0.0.1:${es.grpc}`,
      USS_HTTP_PORT: '0',
      USS_LOG_LEVEL: 'trace',
    });
    const said: string[] = [];
    for (const base of [es.base, uss.base]) {
      await untilReady(base);
      const bodies = [
        { segment: 's', user_id: RAW },
        { segment: '', user_id: RAW },
        { segment: 's', user_id: `${RAW}\u0000` },
        { segment: 's', user_id: RAW.repeat(20) },
        { segment: 's', user_id: RAW, occurred_at: '2001-01-01T00:00:00Z' },
        { segment: 's', user_id: { [RAW]: RAW } },
        { segment: { [RAW]: RAW }, user_id: RAW },
        `{"segment":"s","user_id":"${RAW}"`,
      ];
      for (const body of bodies) {
        const headers = { 'content-type': 'application/json' };
        said.push((await send(base, '/segment', { body, headers })).text);
        said.push((await send(base, '/segments', { body: [body], headers })).text);
      }
      said.push((await send(base, '/segments', bulkOf([RAW, `${RAW}\n`, '']))).text);
    }
    await redis.kill();
    for (const base of [es.base, uss.base]) {
      said.push((await send(base, '/segment', { body: { segment: 's', user_id: RAW } })).text);
      said.push((await send(base, '/metrics')).text);
    }
    for (const service of running) {
      await service.kill();
      said.push(service.output());
    }
    expect(said.length).to.be.greaterThan(30);
    expect(said.filter((text) => text.includes(RAW))).to.deep.equal([]);
  });
});
