// What a fresh machine lacks, and how to get it. Plain JavaScript without packages, since it runs before
// there are any.
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the project. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const MINIMUM_NODE = [20, 19];

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
  chromium: {
    packages: { 'apt-get': 'chromium', brew: 'chromium', apk: 'chromium', dnf: 'chromium' },
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
 * Ends the process with one line.
 *
 * @param {string} line
 * @returns {never}
 */
function giveUp(line) {
  console.error(line);
  process.exit(1);
}

/** Stops a Node that is too old, before it fails in a way nobody understands. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = /** @type {[number, number]} */ (MINIMUM_NODE);
  if (major < needMajor || (major === needMajor && minor < needMinor)) {
    giveUp(
      `Node.js ${MINIMUM_NODE.join('.')} or newer is needed; this is ${process.versions.node}`,
    );
  }
}

/** Installs the packages of package-lock.json unless they are there. */
export function ensureDependencies() {
  const wanted = lockedPackages('package-lock.json');
  const installed = lockedPackages('node_modules/.package-lock.json');
  const isThere = Object.entries(wanted).every(
    ([path, { version, optional }]) => optional || installed[path]?.version === version,
  );
  if (isThere) return;
  say('installing packages');
  run(['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/**
 * The packages of a lock file, by their folder.
 *
 * @param {string} file
 * @returns {Record<string, { version: string, optional?: boolean }>}
 */
function lockedPackages(file) {
  if (!existsSync(join(root, file))) return {};
  const { '': _project, ...packages } = JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  return packages;
}

/** Compiles src/ to dist/ unless dist/ is newer. */
export function ensureBuild() {
  const stamp = join(root, 'dist/.built');
  const sources = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
  for (const entry of readdirSync(join(root, 'src'), { recursive: true })) {
    sources.push(join('src', String(entry)));
  }
  if (sources.every((path) => modified(join(root, path)) <= modified(stamp))) return;
  say('building');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run([
    process.execPath,
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    'tsconfig.build.json',
  ]);
  writeFileSync(stamp, '');
}

/**
 * Finds a program, or installs it with the system's package manager.
 *
 * @param {string} name
 * @returns {string} its path
 */
export function ensureProgram(name) {
  const found = findProgram(name);
  if (found !== undefined) return found;
  const { packages, instead } = /** @type {(typeof PROGRAMS)[string]} */ (PROGRAMS[name]);
  const manager = Object.keys(INSTALL).find((candidate) => findProgram(candidate) !== undefined);
  const prefix = manager === 'brew' ? [] : asRoot();
  if (manager !== undefined && prefix !== undefined) {
    say(`installing ${packages[manager]} with ${manager}`);
    const steps = /** @type {string[][]} */ (INSTALL[manager]);
    const last = steps.length - 1;
    steps.forEach((step, index) => {
      run([...prefix, ...step, ...(index === last ? [String(packages[manager])] : [])]);
    });
  }
  const installed = findProgram(name);
  if (installed !== undefined) return installed;
  giveUp(
    [`${name} is missing and cannot be installed from here: install it`, instead]
      .filter(Boolean)
      .join(', '),
  );
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

/** @param {string} path */
function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : Number.NEGATIVE_INFINITY;
}

/** @param {string} line */
function say(line) {
  console.error(`set-up: ${line} …`);
}

/**
 * Runs a command to its end; shows what it said and gives up when it fails.
 *
 * @param {string[]} command
 */
function run([program = '', ...parameters]) {
  const { status, error, stdout, stderr } = spawnSync(program, parameters, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    // A package that brings a server must not start it: ours runs beside it.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}`);
  giveUp(`set-up: ${program} ${parameters.join(' ')} failed${error ? `: ${error}` : ''}`);
}
