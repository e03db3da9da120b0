// `npm run docs-check`: sets up what is missing, then tries every command of the documents. Each is run as it stands, on the
// ports that it names: on Linux as root in a network of its own, where those are free.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureProgram, offerProgram } from './programs.mjs';
import { ensureBuild, ensureDependencies, giveUp, requireNode, root, say } from './setup.mjs';

const USAGE = `npm run docs-check
  tries every shell command of every document, but those that need a Docker engine or take long`;
const GRPCURL = 'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3';

const [parameter] = process.argv.slice(2);
if (parameter === '--help') {
  console.log(USAGE);
  process.exit(0);
}
if (parameter !== undefined)
  giveUp(`docs-check: ${JSON.stringify(parameter)} is not known\n${USAGE}`);

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
