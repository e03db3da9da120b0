import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ANOTHER, canBeAnother } from '../support/another-user.js';
import { type Clone, makeClone, ussUrl } from '../support/clone.js';
import { send } from '../support/http.js';
import { type Running, startCommand } from '../support/process.js';

/** Notes how it is called beside itself, and fails with a stack. */
const FAILING_NPM = `#!/bin/sh
echo "$@" >"$(dirname "$0")/said"
echo "$HOME $npm_config_cache" >>"$(dirname "$0")/said"
printf 'npm error code E404\\nnpm error     at x (y.js:1)\\n    at z (y.js:2)\\n' >&2
exit 1
`;

const FREE_PORTS = { ES_HTTP_PORT: '0', ES_GRPC_PORT: '0', USS_HTTP_PORT: '0' };

async function expectToWork(command: Running): Promise<void> {
  const stored = await send(await ussUrl(command), '/segment', {
    body: { segment: 's', user_id: 'u' },
  });
  expect(stored.status).to.equal(202);
  command.child.kill('SIGINT');
  expect(await command.exited).to.deep.equal({ code: 0, signal: null });
}

describe('npm start, where not all is as usual', () => {
  let clone: Clone;
  before(() => {
    clone = makeClone("odd %zz%41 #1 é'");
  });
  afterEach(() => clone.killAll());
  after(() => clone.remove());

  const long = 'long'.repeat(40);
  for (const [what, env] of [
    ['a long directory for temporary files', { TMPDIR: `{clone}/${long}` }],
    ['an odd one, and several processes', { TMPDIR: '{clone}/a "b" %41', ES_WORKERS: '2' }],
    ['one that is not there', { TMPDIR: '/nonexistent/tmp', USS_WORKERS: '2' }],
    ['one that cannot be written to', { TMPDIR: '/proc' }],
    ['NODE_ENV=production', { NODE_ENV: 'production', npm_config_omit: 'dev' }],
    ['a home that is none', { HOME: '/nonexistent/home' }],
  ] as [string, Record<string, string>][]) {
    it(`works with ${what}`, async () => {
      const { TMPDIR } = env;
      const given = TMPDIR ? { ...env, TMPDIR: TMPDIR.replace('{clone}', clone.directory) } : env;
      if (TMPDIR?.startsWith('{clone}')) mkdirSync(given.TMPDIR as string, { recursive: true });
      await expectToWork(clone.start(given));
    });
  }

  it('prints where it is while what it needs is not there, and Ctrl-C stops it', async () => {
    const command = clone.start({ ES_REDIS_URL: 'redis://127.0.0.1:1' });
    await command.printed(
      /ES +http:\/\/127\.0\.0\.1:\d+\/swagger\/index\.html +gRPC 127\.0\.0\.1:\d+/,
    );
    await command.printed(/redis:?.* cannot be reached|is not ready/i);
    expect(command.output()).not.to.contain('Ready');
    command.child.kill('SIGINT');
    expect(await command.exited).to.deep.equal({ code: 0, signal: null });
  });

  it('ends with its Redis when its terminal is closed', async () => {
    const command = clone.start();
    await ussUrl(command);
    command.child.kill('SIGHUP');
    expect(await command.exited).to.deep.equal({ code: 0, signal: null });
    expect(readdirSync(join(clone.directory, '.data/redis'))).not.to.contain('redis.sock');
  });

  /** Runs it as another user, where that is possible. */
  function startAsAnother(): Running {
    const prefix = canBeAnother
      ? ['setpriv', `--reuid=${ANOTHER}`, `--regid=${ANOTHER}`, '--clear-groups']
      : [];
    const command = [...prefix, 'env', '-u', 'HOME', 'node', 'scripts/start.mjs'];
    return startCommand(command, FREE_PORTS, clone.directory);
  }

  it('says in one line what a clone that may not be written to is short of', async () => {
    const short = async () => {
      const command = startAsAnother();
      expect((await command.exited).code).to.equal(1);
      return command.output();
    };
    rmSync(join(clone.directory, '.data'), { recursive: true, force: true });
    chmodSync(clone.directory, 0o555);
    expect(await short()).to.match(
      /^start: cannot work with \S.*\.data: EACCES[^\n]*; copy the project to a directory of your own$/,
    );
    writeFileSync(join(clone.directory, 'src/new.ts'), 'export {};\n');
    expect(await short()).to.match(
      /^set-up: dist has to be made, and uid \d+ may not write in [^\n]*$/,
    );
    chmodSync(clone.directory, 0o755);
    unlinkSync(join(clone.directory, 'src/new.ts'));
    rmSync(join(clone.directory, 'node_modules'));
    chmodSync(clone.directory, 0o555);
    expect(await short()).to.match(
      /^set-up: node_modules has to be made, and uid \d+ may not [^\n]*$/,
    );
    chmodSync(clone.directory, 0o755);
  });

  for (const [parameter, said, code] of [
    ['--help', /^Usage: /, 0],
    ['--version', /^\d+\.\d+\.\d+$/, 0],
    ['--repiar', /^start: there is no option "--repiar"; --help lists them$/, 1],
    ['word', /^start: Unexpected argument 'word'[^\n]*; --help says more$/, 1],
  ] as const) {
    it(`answers ${parameter} before there are packages`, async () => {
      rmSync(join(clone.directory, 'node_modules'), { force: true });
      const command = clone.start({}, parameter);
      expect((await command.exited).code).to.equal(code);
      expect(command.output()).to.match(said);
    });
  }

  it('has npm install what it is built by, with a cache that can be written to, and shows no stack', async () => {
    rmSync(join(clone.directory, 'node_modules'), { force: true });
    const bin = mkdtempSync(join(clone.directory, 'bin-'));
    const said = join(bin, 'said');
    writeFileSync(join(bin, 'npm'), FAILING_NPM, { mode: 0o755 });
    const command = clone.start({
      PATH: `${bin}:${process.env.PATH}`,
      HOME: '/nonexistent/home',
      NODE_ENV: 'production',
      npm_config_cache: '/dev/null/cache',
    });
    expect((await command.exited).code).to.equal(1);
    expect(command.output()).to.match(
      /^set-up: installing packages …\nnpm error code E404\nset-up: npm ci [^\n]* failed$/,
    );
    const [parameters, places] = readFileSync(said, 'utf8').split('\n');
    expect(parameters).to.contain('ci --include=dev');
    const [home, cache] = places?.split(/ (?=\/)/) ?? [];
    expect(home)
      .to.equal(cache)
      .and.to.match(/\.npm-\w+$/);
    expect(readdirSync(clone.directory).join()).not.to.contain('.npm-');
  });
});
