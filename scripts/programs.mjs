// Programs of other projects: where they are, and how to get them.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { giveUp, run, say } from './setup.mjs';

/**
 * Programs of other projects, and the package that brings each: as each package manager calls it.
 *
 * @type {Record<string, { packages: Record<string, string>, instead?: string }>}
 */
const PROGRAMS = {
  'redis-server': {
    packages: { 'apt-get': 'redis-server', brew: 'redis', apk: 'redis', dnf: 'redis' },
    instead: 'or set ES_REDIS_URL to an existing Redis (7.0 or newer)',
  },
  'redis-check-aof': {
    packages: { 'apt-get': 'redis-tools', brew: 'redis', apk: 'redis', dnf: 'redis' },
  },
  chromium: {
    packages: { 'apt-get': 'chromium', brew: 'chromium', apk: 'chromium', dnf: 'chromium' },
  },
  'rabbitmq-server': {
    packages: { 'apt-get': 'rabbitmq-server', brew: 'rabbitmq', dnf: 'rabbitmq-server' },
  },
  prometheus: {
    packages: { 'apt-get': 'prometheus', brew: 'prometheus', apk: 'prometheus' },
  },
  curl: { packages: { 'apt-get': 'curl', brew: 'curl', apk: 'curl', dnf: 'curl' } },
  wrk: { packages: { 'apt-get': 'wrk', brew: 'wrk', apk: 'wrk' } },
  h2load: {
    packages: {
      'apt-get': 'nghttp2-client',
      brew: 'nghttp2',
      apk: 'nghttp2',
      dnf: 'nghttp2',
    },
  },
  webdis: { packages: { 'apt-get': 'webdis', apk: 'webdis' } },
  go: {
    packages: {
      'apt-get':
        'golang-go golang-github-gin-gonic-gin-dev golang-github-gomodule-redigo-dev golang-google-grpc-dev',
    },
  },
  openssl: {
    packages: { 'apt-get': 'openssl', brew: 'openssl', apk: 'openssl', dnf: 'openssl' },
  },
  shellcheck: {
    packages: { 'apt-get': 'shellcheck', brew: 'shellcheck', apk: 'shellcheck', dnf: 'ShellCheck' },
  },
};

/** @type {Record<string, string[][]>} */
const INSTALL = {
  'apt-get': [
    ['apt-get', 'update', '-qq'],
    ['apt-get', 'install', '-qq', '-y', '--no-install-recommends'],
  ],
  apk: [['apk', 'add', '--no-cache']],
  dnf: [['dnf', 'install', '-q', '-y']],
  brew: [['brew', 'install']],
};

/**
 * Finds a program, or installs it with the system's package manager; gives up when it cannot be had.
 *
 * @param {string} name
 * @returns {string} its path
 */
export function ensureProgram(name) {
  const path = offerProgram(name);
  if (path !== undefined) return path;
  giveUp(
    [`${name} is missing and cannot be installed from here: install it`, PROGRAMS[name]?.instead]
      .filter(Boolean)
      .join(', '),
  );
}

/**
 * Finds a program, or installs it where that is possible.
 *
 * @param {string} name
 * @returns {string | undefined} its path
 */
export function offerProgram(name) {
  const found = findProgram(name);
  if (found !== undefined) return found;
  const manager = Object.keys(INSTALL).find((candidate) => findProgram(candidate) !== undefined);
  const packages = manager && PROGRAMS[name]?.packages[manager];
  const instead = PROGRAMS[name]?.instead;
  const prefix = manager === 'brew' ? [] : asRoot();
  if (!manager || !packages || prefix === undefined) return undefined;
  say(
    `${name} is missing; installing ${packages} with ${manager} (to do without: install it yourself${instead === undefined ? '' : `, ${instead}`})`,
  );
  leaveTimeToStop();
  const steps = /** @type {string[][]} */ (INSTALL[manager]);
  const last = steps.length - 1;
  steps.forEach((step, index) => {
    run([...prefix, ...step, ...(index === last ? packages.split(' ') : [])]);
  });
  return findProgram(name);
}

/** In which who sits before a terminal may think better of it; where there is none, nobody would. */
const GRACE_S = '5';

function leaveTimeToStop() {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return;
  console.error(`set-up: Ctrl-C within ${GRACE_S} seconds stops it`);
  if (spawnSync('sleep', [GRACE_S]).signal === null) return;
  giveUp('set-up: stopped, and nothing was installed');
}

/** The command that makes another run as root, or undefined where there is none without a password. */
function asRoot() {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
    ? ['sudo', '-n']
    : undefined;
}

/** @param {string} name */
function findProgram(name) {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
