// What only `npm run docs-check` needs: grpcurl, and a network of its own, where the ports that the documents name are free.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { offerProgram } from './programs.mjs';
import { root, say } from './setup.mjs';

const GRPCURL = 'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3';

/**
 * Builds grpcurl from its sources, once.
 *
 * @returns the folder that it is in; empty where it cannot be had, and its commands are not tried then
 */
export function ensureGrpcurl() {
  const directory = join(root, 'node_modules/.cache/grpcurl');
  if (existsSync(join(directory, 'grpcurl'))) return directory;
  const go = offerProgram('go');
  if (go === undefined) return '';
  mkdirSync(directory, { recursive: true });
  say('building grpcurl');
  const built = spawnSync(go, ['install', GRPCURL], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, GOBIN: directory },
  });
  return built.status === 0 ? directory : '';
}

/**
 * The command that runs another in a network of its own: on Linux as root. Elsewhere it is run as it is.
 *
 * @param {string[]} command
 */
export function inOwnNetwork(command) {
  const mayHaveOne =
    process.platform === 'linux' &&
    spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' }).status ===
      0;
  return mayHaveOne
    ? ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command]
    : command;
}
