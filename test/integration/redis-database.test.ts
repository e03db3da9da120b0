import { expect } from 'chai';
import { send } from '../support/http.js';
import { type Running, startNode } from '../support/process.js';
import { startRedisSentinels } from '../support/redis-sentinels.js';
import { type RedisServer, startRedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

describe('The database of Redis', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });

  function startEs(url: string, mode = 'single'): Running {
    const ports = { ES_HTTP_PORT: '0', ES_GRPC_PORT: '0' };
    const es = startNode('dist/es/main.js', { ...ports, ES_REDIS_URL: url, ES_REDIS_MODE: mode });
    opened.push({ close: () => es.kill() });
    return es;
  }

  async function startServer(settings: Record<string, string>): Promise<RedisServer> {
    const server = await startRedisServer(settings);
    opened.push(server);
    return server;
  }

  async function baseOf(es: Running): Promise<string> {
    const [, port] = await es.printed(/REST on 127\.0\.0\.1:(\d+)/);
    return `http://127.0.0.1:${port}`;
  }

  const store = (base: string, user: string) =>
    send(base, '/segment', { body: { segment: 's', user_id: user } });

  /** The databases that have keys. */
  async function usedDatabases({ client }: RedisServer): Promise<string[]> {
    return [...(await client.info('keyspace')).matchAll(/^(db\d+):/gm)].map(
      ([, name]) => `${name}`,
    );
  }

  it('is honoured with Sentinel, and by the primary that takes over', async () => {
    const sentinels = await startRedisSentinels(1);
    opened.push(sentinels);
    const url = sentinels.url
      .split(',')
      .map((one) => `${one}/3`)
      .join(',');
    const es = startEs(url, 'sentinel');
    const base = await baseOf(es);
    await es.printed(/is reached/);
    expect((await store(base, 'u1')).status).to.equal(202);
    const before = await sentinels.primary();
    expect(await usedDatabases(before)).to.deep.equal(['db3']);
    await before.kill();
    await until(async () => (await store(base, 'u2')).status === 202);
    const after = await sentinels.primaryAfter(before);
    // What is read goes by another connection, which follows by itself.
    await until(async () => (await send(base, '/segment/s')).json.user_count === 2);
    expect(await usedDatabases(after)).to.deep.equal(['db3']);
  });

  for (const [title, settings, path, reason] of [
    ['there is none of that number', {}, '/99', /ERR DB index is out of range/],
    ['there is but one', { databases: '1' }, '/1', /ERR DB index is out of range/],
    ['the server is one of a Cluster', { 'cluster-enabled': 'yes' }, '/1', /ERR SELECT is not/],
    ['the user may not', { user: 'es on >secret ~* +@all -select' }, '/1', /NOPERM/],
  ] as [string, Record<string, string>, string, RegExp][]) {
    it(`is never another one: ${title}`, async () => {
      const server = await startServer(settings);
      const user = settings.user === undefined ? '' : 'es:secret@';
      const es = startEs(`redis://${user}127.0.0.1:${server.port}${path}`);
      const base = await baseOf(es);
      const [line] = await es.printed(/Redis at .* is not ready, waiting for it: [^\n]*/);
      expect(line)
        .to.contain(`it refuses database ${path.slice(1)}: `)
        .and.to.match(reason);
      expect(line).not.to.contain('secret');
      const attempts = Array.from({ length: 200 }, (_, user) => store(base, `u${user}`));
      for (const { status } of await Promise.all(attempts)) expect(status).to.equal(503);
      const { status, json } = await send(base, '/readyz');
      expect(status).to.equal(503);
      expect(json.detail).to.contain(`it refuses database ${path.slice(1)}: `);
      expect(await usedDatabases(server)).to.deep.equal([]);
    });
  }

  it('is worked with once Redis has it', async () => {
    const server = await startServer({ user: 'es on >secret ~* +@all -select' });
    const es = startEs(`redis://es:secret@127.0.0.1:${server.port}/5`);
    const base = await baseOf(es);
    await es.printed(/it refuses database 5/);
    await server.client.acl('SETUSER', 'es', '+select');
    await es.printed(/is reached/);
    expect((await store(base, 'u1')).status).to.equal(202);
    expect(await usedDatabases(server)).to.deep.equal(['db5']);
  });
});
