import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../scripts/testbed/free-port.js';
import { makeApiKey } from '../support/api-key.js';
import { type Clone, makeClone } from '../support/clone.js';
import { send } from '../support/http.js';
import type { Running } from '../support/process.js';
import { startRedis } from '../support/system.js';

const READY = /Ctrl-C stops it/;
const TOKENS = {
  ES_JWT_ISSUER: 'i',
  ES_JWT_AUDIENCE: 'a',
  ES_JWT_SECRET: 'x'.repeat(32),
};

/** The base URLs that are printed. */
function urlsOf(command: Running): { uss: string; es: string } {
  const url = (service: string) =>
    new RegExp(`^  ${service} +(http:\\S+)/swagger/`, 'm').exec(command.output())?.[1] as string;
  return { uss: url('USS'), es: url('ES') };
}

describe('npm start', () => {
  let clone: Clone;
  before(() => {
    clone = makeClone();
  });
  afterEach(() => clone.killAll());
  after(() => clone.remove());

  it('has nothing to warn of where all is well', async () => {
    const command = clone.start();
    await command.printed(READY);
    const levels = [...command.output().matchAll(/^\{"level":(\d+)/gm)].map(([, level]) => level);
    expect(levels).to.include('30').and.not.include.members(['40']);
    expect(new Set(levels)).to.deep.equal(new Set(['30']));
  });

  it('shows its addresses while it waits for a Redis', async () => {
    const port = await freePort();
    const command = clone.start({ ES_REDIS_URL: `redis://127.0.0.1:${port}` });
    await command.printed(/^ {2}ES .* gRPC /m);
    const { uss, es } = urlsOf(command);
    expect((await send(uss, '/healthz')).status).to.equal(200);
    expect((await send(es, '/readyz')).status).to.equal(503);
    expect(command.output()).to.match(/Redis at \S+ cannot be reached, waiting for it: \w/);
    expect(command.output()).to.not.match(READY);
    command.child.kill('SIGINT');
    expect((await command.exited).code).to.equal(0);
  });

  const key = makeApiKey('importer', 'segments:write', 'segments:read');
  const apiKeys = JSON.stringify([key.entry]);
  for (const [mode, env] of [
    ['api-key', { ES_AUTH_API_KEYS: apiKeys }],
    ['both', { ES_AUTH_API_KEYS: apiKeys, ...TOKENS }],
    ['jwt', TOKENS],
  ] as const) {
    it(`lets its own USS in where ES_AUTH_MODE is ${mode}, and nobody else`, async () => {
      const redis = await startRedis();
      const command = clone.start({ ES_AUTH_MODE: mode, ES_REDIS_URL: redis.url, ...env });
      await command.printed(READY);
      const { uss, es } = urlsOf(command);
      const body = { segment: mode, user_id: 'u' };
      expect((await send(uss, '/segment', { body })).status).to.equal(202);
      expect((await send(uss, `/segment/${mode}`)).json.user_count).to.equal(1);
      expect((await send(es, `/segment/${mode}`)).status).to.equal(401);
      const headers = { authorization: `Bearer ${key.key}` };
      const known = mode === 'jwt' ? 401 : 200;
      expect((await send(es, `/segment/${mode}`, { headers })).status).to.equal(known);
      expect(command.output()).to.not.match(/seg_/);
      expect(command.output()).to.match(/curl 'http\S+' -H "authorization: Bearer \$KEY"/);
      command.child.kill('SIGINT');
      await command.exited;
      await redis.close();
    });
  }

  it('asks for keys once the files of README.md are there', async () => {
    const lines = `auth:\n  mode: api-key\n  apiKeys: ${apiKeys}\n`;
    for (const name of ['uss', 'es']) {
      writeFileSync(join(clone.directory, `config/${name}.yaml`), lines);
    }
    const command = clone.start();
    await command.printed(READY);
    const { uss, es } = urlsOf(command);
    const headers = { authorization: `Bearer ${key.key}` };
    for (const base of [uss, es]) {
      const body = { segment: 'sport', user_id: 'u' };
      expect((await send(base, '/segment', { body })).status).to.equal(401);
      expect((await send(base, '/segment', { body, headers })).status).to.equal(202);
    }
  });
});
