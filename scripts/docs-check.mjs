// `npm run docs-check`: sets up what is missing, then tries every command of the documents. Each is run as it stands, on the
// ports that it names: on Linux as root in a network of its own, where those are free.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine } from './command-line.mjs';
import { ensureProgram, offerProgram } from './programs.mjs';
import { ensureBuild, ensureDependencies, giveUp, requireNode, root, say } from './setup.mjs';

const GRPCURL = 'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3';

readCommandLine({
  name: 'docs-check',
  usage: `
Usage: npm run docs-check

Tries every shell command of every document, but for those that need a Docker engine or take long.

  --help     this
  --version  the version of the project`,
  options: {},
});
requireNode();
ensureDependencies();
ensureBuild();
for (const program of ['redis-server', 'rabbitmq-server', 'curl']) ensureProgram(program);
const GRPCURL_DIRECTORY = ensureGrpcurl();

const main = [process.execPath, '--import', 'tsx', 'test/docs/main.ts'];
const [program = '', ...parameters] = ownNetwork(main);
const env = Object.entries(process.env).filter(([name]) => !/^(ES|USS)_/.test(name));
const { status } = spawnSync(program, parameters, {
  cwd: root,
  stdio: 'inherit',
  env: { ...Object.fromEntries(env), GRPCURL_DIRECTORY },
});
process.exit(status ?? 1);

/** Builds grpcurl from its sources, once. */
function ensureGrpcurl() {
  const directory = join(root, 'node_modules/.cache/grpcurl');
  if (existsSync(join(directory, 'grpcurl'))) return directory;
  const go = offerProgram('go') ?? giveUp('docs-check: go is missing, which grpcurl is built with');
  mkdirSync(directory, { recursive: true });
  say('building grpcurl');
  const built = spawnSync(go, ['install', GRPCURL], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, GOBIN: directory },
  });
  if (built.status !== 0) giveUp('docs-check: grpcurl cannot be built');
  return directory;
}

/** @param {string[]} command */
function ownNetwork(command) {
  const mayHaveOne =
    process.platform === 'linux' &&
    spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' }).status ===
      0;
  return mayHaveOne
    ? ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command]
    : command;
}
