import { appendFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { privateRedisUrl } from '../../src/local/private-redis.js';
import { type Clone, makeClone, ussUrl } from '../support/clone.js';
import { countOf, send } from '../support/http.js';
import { openRaw } from '../support/raw.js';
import { startRedis } from '../support/system.js';
import { until } from '../support/until.js';

describe('npm start', () => {
  let clone: Clone;
  before(() => {
    clone = makeClone();
  });
  afterEach(() => clone.killAll());
  after(() => clone.remove());

  const start = (env?: Record<string, string>) => clone.start(env);

  it('builds and runs everything, and keeps the counts over Ctrl-C', async () => {
    const first = start();
    const base = await ussUrl(first);
    expect(
      (await send(base, '/segment', { body: { segment: 'sport', user_id: 'u1' } })).status,
    ).to.equal(202);
    expect(await countOf(base, 'sport')).to.equal(1);
    expect(statSync(join(clone.directory, '.data')).mode & 0o777).to.equal(0o700);
    first.child.kill('SIGINT');
    expect(await first.exited).to.deep.equal({ code: 0, signal: null });

    const second = start();
    expect(await countOf(await ussUrl(second), 'sport')).to.equal(1);
    second.child.kill('SIGTERM');
    expect((await second.exited).code).to.equal(0);
  });

  it('takes over what a killed one left behind, and loses nothing', async () => {
    const killed = start();
    await send(await ussUrl(killed), '/segment', { body: { segment: 'killed', user_id: 'u1' } });
    await killed.kill();
    const next = start();
    expect(await countOf(await ussUrl(next), 'killed')).to.equal(1);
    next.child.kill('SIGINT');
    expect((await next.exited).code).to.equal(0);
  });

  it('starts its Redis again when that ends, and loses nothing', async () => {
    const command = start();
    const base = await ussUrl(command);
    await send(base, '/segment', { body: { segment: 'again', user_id: 'u1' } });
    const redis = new Redis(new URL(privateRedisUrl(join(clone.directory, '.data'))).pathname);
    const { pid } = /process_id:(?<pid>\d+)/.exec(await redis.info('server'))?.groups ?? {};
    redis.disconnect();
    process.kill(Number(pid), 'SIGKILL');
    await command.printed(/redis-server has ended and is started again/);
    await until(async () => (await send(base, '/segment/again')).json.user_count === 1);
    command.child.kill('SIGINT');
    expect((await command.exited).code).to.equal(0);
  });

  it('refuses to run twice on the same data', async () => {
    const first = start();
    await ussUrl(first);
    const second = start();
    expect((await second.exited).code).to.equal(1);
    expect(second.output()).to.match(
      /^start: another npm start or npm run dev is already working with \S*\.data; stop it first \('lsof \S*\.data' names it\)$/,
    );
    first.child.kill('SIGINT');
    expect((await first.exited).code).to.equal(0);
  });

  it('names the variable of a port that is taken', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as { port: number };
    for (const variable of ['ES_HTTP_PORT', 'ES_GRPC_PORT', 'USS_HTTP_PORT']) {
      const command = start({ [variable]: String(port) });
      expect((await command.exited).code).to.equal(1);
      expect(command.output()).to.contain(
        `start: port ${port} on 127.0.0.1 is taken; set ${variable} to a free one ('lsof -i tcp:${port}' names who has it)`,
      );
    }
    await new Promise((resolve) => holder.close(resolve));
  });

  it('ends with one line when the configuration is bad', async () => {
    const command = start({ USS_HTTP_PORT: 'abc' });
    expect((await command.exited).code).to.equal(1);
    expect(command.output()).to.match(/^start: bad configuration: USS_HTTP_PORT [^\n]*$/);
  });

  it('leaves no Redis behind when it is told twice to end', async () => {
    const command = start({ ES_SHUTDOWN_TIMEOUT_MS: '60000', USS_SHUTDOWN_TIMEOUT_MS: '60000' });
    const url = new URL(await ussUrl(command));
    const halfway = await openRaw(Number(url.port));
    halfway.send(
      'POST /segments HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: 9\r\n\r\n{',
    );
    await send(url.origin, '/healthz');
    const again = setInterval(() => command.child.kill('SIGINT'), 50);
    expect((await command.exited).code).to.equal(130);
    clearInterval(again);
    halfway.close();
    // It takes the place of nobody: the Redis of the first has ended, or ends by itself.
    const next = start();
    await ussUrl(next);
    next.child.kill('SIGINT');
    expect((await next.exited).code).to.equal(0);
  });

  it('says what is wrong with a damaged append-only file, and repairs it on demand', async () => {
    const first = start();
    await send(await ussUrl(first), '/segment', { body: { segment: 'power', user_id: 'u1' } });
    first.child.kill('SIGINT');
    await first.exited;
    const directory = join(clone.directory, '.data/redis/appendonlydir');
    const written = readdirSync(directory).find((name) => name.endsWith('.incr.aof')) as string;
    appendFileSync(join(directory, written), Buffer.alloc(4_096));

    const refused = start();
    expect((await refused.exited).code).to.equal(1);
    expect(refused.output()).to.match(
      /^start: \S+\.incr\.aof ends in 4096 zero bytes, as a loss of power leaves them; 'npm start -- --repair' keeps a copy, and goes on without: 4096 bytes of \S+$/,
    );
    const repaired = clone.start({}, '--repair');
    expect(await countOf(await ussUrl(repaired), 'power')).to.equal(1);
    expect(repaired.output()).to.match(/4096 zero bytes[^\n]*; repaired; lost: 4096 bytes of/);
    expect(repaired.output()).to.match(/a copy of the damaged files is \S+redis\/damaged-\S+/);
    repaired.child.kill('SIGINT');
    await repaired.exited;
    const again = clone.start({}, '--repair');
    await again.printed(/there is nothing to repair/);
    await ussUrl(again);
    again.child.kill('SIGINT');
    expect((await again.exited).code).to.equal(0);
  });

  for (const [parameter, env, line] of [
    ['--repiar', {}, 'start: there is no option "--repiar"; is --repair meant? --help lists them'],
    [
      '--repair',
      { ES_REDIS_URL: 'redis://127.0.0.1:1' },
      'start: --repair is for the Redis of npm start, and ES_REDIS_URL names another',
    ],
  ] as const) {
    it(`refuses ${parameter} with ${JSON.stringify(env)}`, async () => {
      const command = clone.start(env, parameter);
      expect((await command.exited).code).to.equal(1);
      expect(command.output()).to.equal(line);
    });
  }

  it('uses the Redis that is named', async () => {
    const redis = await startRedis();
    const command = start({ ES_REDIS_URL: redis.url });
    await send(await ussUrl(command), '/segment', { body: { segment: 'mine', user_id: 'u1' } });
    expect(await redis.client.keys('es:{mine}:????-??-??')).to.have.length(1);
    command.child.kill('SIGINT');
    expect((await command.exited).code).to.equal(0);
    await redis.close();
  });
});
