import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse } from 'yaml';
import { send } from '../support/http.js';
import { type Running, startNode } from '../support/process.js';
import { startRedis, type TestRedis } from '../support/system.js';
import { AUDIENCE, claims, ISSUER, signWithText } from '../support/tokens.js';

const SECRET = 'a secret of thirty-two bytes, or more';

const run = promisify(execFile);

/** Makes an API key as people do. */
async function createKey(
  name: string,
  ...scopes: string[]
): Promise<{ key: string; line: string }> {
  const parameters = scopes.flatMap((scope) => ['--scope', scope]);
  const { stdout } = await run('node', [
    'scripts/run.mjs',
    'api-key',
    'create',
    name,
    ...parameters,
  ]);
  const [key = ''] = /seg_[\w-]{43}/.exec(stdout) ?? [];
  const [line = ''] = /^ {4}- \{.*\}$/m.exec(stdout) ?? [];
  expect(stdout.split(key)).to.have.length(2);
  return { key, line };
}

describe('npm run api-key', () => {
  for (const [parameters, reason] of [
    [['create'], /NAME must be/],
    [['create', 'a b', '--scope', 'read'], /NAME must be/],
    [['create', 'a'], /say --scope/],
    [['create', 'a', '--scope', 'all'], /--scope must be write, read or admin, not all/],
    [['make', 'a', '--scope', 'read'], /say create NAME/],
    [['create', 'a', 'b', '--scope', 'read'], /say create NAME/],
  ] as const) {
    it(`refuses ${parameters.join(' ')}`, async () => {
      const failed = await run('node', ['scripts/run.mjs', 'api-key', ...parameters]).catch(
        (error) => error,
      );
      expect(failed.code).to.equal(1);
      expect(failed.stderr).to.match(reason);
    });
  }

  it('tells how it is used', async () => {
    const { stdout } = await run('node', ['scripts/run.mjs', 'api-key', '--help']);
    expect(stdout).to.match(/^Usage: npm run api-key -- create NAME/);
  });
});

describe('services with authentication', () => {
  let redis: TestRedis;
  let directory: string;
  const running: Running[] = [];
  before(async () => {
    redis = await startRedis();
    directory = mkdtempSync(join(tmpdir(), 'api-key-test-'));
  });
  after(async () => {
    for (const one of running) await one.kill();
    await redis.close();
    rmSync(directory, { recursive: true });
  });

  function file(name: string, text: string): string {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  }

  it('take the keys that were made, by files, and log none of them', async () => {
    const writer = await createKey('7', 'write', 'read');
    const forEs = await createKey('uss', 'write', 'read');
    expect(parse(writer.line)[0].scopes).to.deep.equal(['segments:write', 'segments:read']);
    const es = startNode('dist/es/main.js', {
      ES_CONFIG: file('es.yaml', `auth:\n  mode: api-key\n  apiKeys:\n${forEs.line}\n`),
      ES_REDIS_URL_FILE: file('redis', `${redis.url}\n`),
      ES_HTTP_PORT: '0',
      ES_GRPC_PORT: '0',
      ES_LOG_LEVEL: 'trace',
    });
    running.push(es);
    const [, grpcPort] = await es.printed(/gRPC on 127\.0\.0\.1:(\d+)/);
    const uss = startNode('dist/uss/main.js', {
      USS_CONFIG: file('uss.yaml', `auth:\n  mode: both\n  apiKeys:\n${writer.line}\n`),
      USS_JWT_ISSUER: ISSUER,
      USS_JWT_AUDIENCE: AUDIENCE,
      USS_JWT_SECRET_FILE: file('secret', SECRET),
      USS_ES_TOKEN_FILE: file('token', `${forEs.key}\n`),
      USS_ES_ADDRESS: `dns:///127.0.0.1:${grpcPort}`,
      USS_HTTP_PORT: '0',
      USS_LOG_LEVEL: 'trace',
    });
    running.push(uss);
    const [, ussPort] = await uss.printed(/REST on 127\.0\.0\.1:(\d+)/);
    await uss.printed(/ES at .* is reached/);

    const base = `http://127.0.0.1:${ussPort}`;
    const token = await signWithText(SECRET);
    const expired = await signWithText(SECRET, claims({ exp: 1 }));
    const body = { segment: 's', user_id: 'u' };
    for (const [credential, status] of [
      [writer.key, 202],
      [token, 202],
      [forEs.key, 401],
      [expired, 401],
      [`${token}x`, 401],
    ] as const) {
      const headers = { authorization: `Bearer ${credential}` };
      expect((await send(base, '/segment', { headers, body })).status).to.equal(status);
    }
    await es.kill();
    await uss.printed(/ES at .* cannot be reached/);
    const headers = { authorization: `Bearer ${writer.key}` };
    expect((await send(base, '/segment', { headers, body })).status).to.equal(503);
    uss.child.kill('SIGTERM');
    expect((await uss.exited).code).to.equal(0);

    const output = uss.output() + es.output();
    for (const secret of [writer.key, forEs.key, token, expired, SECRET]) {
      expect(output).not.to.contain(secret);
    }
    expect(output).not.to.match(/authorization|seg_|no authentication/i);
  });

  it('do not start with a key where its hash belongs, and do not show it', async () => {
    const { key } = await createKey('importer', 'write');
    const service = startNode('dist/uss/main.js', {
      USS_AUTH_MODE: 'api-key',
      USS_AUTH_API_KEYS: `[{ name: importer, sha256: ${key}, scopes: [segments:write] }]`,
    });
    running.push(service);
    expect((await service.exited).code).to.equal(1);
    expect(service.output()).to.match(/USS_AUTH_API_KEYS .*entry 1 \(importer\): sha256 must be/);
    expect(service.output()).not.to.contain(key);
  });

  it('warn when anybody may do anything from elsewhere', async () => {
    const service = startNode('dist/uss/main.js', { USS_HTTP_HOST: '0.0.0.0', USS_HTTP_PORT: '0' });
    running.push(service);
    await service.printed(/"level":40[^\n]*no authentication: whoever reaches 0\.0\.0\.0 may do/);
    await service.printed(/REST on 0\.0\.0\.0/);
    await service.kill();
  });
});
