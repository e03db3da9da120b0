// What a fresh machine lacks, and how to get it. Plain JavaScript without packages, since it runs before
// there are any.
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockDirectory } from './lock.mjs';

/** The top of the project. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const MINIMUM_NODE = [20, 19];

/**
 * Ends the process with one line.
 *
 * @param {string} line
 * @returns {never}
 */
export function giveUp(line) {
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

/**
 * Sets something up while nobody else sets up this directory: waits for whoever does, where directories can be locked.
 *
 * @param {() => void} work
 */
export function setUp(work) {
  const lock = lockRoot();
  work();
  if (lock !== undefined) closeSync(lock);
}

function lockRoot() {
  try {
    return lockDirectory(root, { wait: true });
  } catch {
    return undefined;
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
  requireWritable('node_modules');
  say('installing packages');
  const home = canKeepCache() ? undefined : mkdtempSync(join(root, '.npm-'));
  const leave = () => home && rmSync(home, { recursive: true, force: true });
  // Also where it fails, which ends this process.
  process.once('exit', leave);
  // Also where packages for development are left out otherwise: it is built by some of them.
  run(['npm', 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    ...(home && { HOME: home, npm_config_cache: home }),
  });
  process.off('exit', leave);
  leave();
}

/** Whether npm can write where it keeps what it has downloaded; not all users have a home. */
function canKeepCache() {
  const { HOME, npm_config_cache: cache = HOME && join(HOME, '.npm') } = process.env;
  for (let path = cache; path; path = dirname(path)) {
    if (existsSync(path)) return isWritable(path);
  }
  return false;
}

/**
 * Gives up where a directory of the project cannot be made anew.
 *
 * @param {string} name
 */
function requireWritable(name) {
  const closed = [root, join(root, name)].find((path) => existsSync(path) && !isWritable(path));
  if (closed === undefined) return;
  giveUp(
    `set-up: ${name} has to be made, and uid ${process.getuid?.()} may not write in ${closed}; copy the project to a directory of your own, or have its owner run npm start once`,
  );
}

/** @param {string} path */
function isWritable(path) {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The packages of a lock file, by their folder.
 *
 * @param {string} file
 * @returns {Record<string, { version: string, optional?: boolean }>}
 */
function lockedPackages(file) {
  try {
    const { '': _project, ...packages } = JSON.parse(
      readFileSync(join(root, file), 'utf8'),
    ).packages;
    return packages;
  } catch {
    return {};
  }
}

/** Compiles src/ to dist/, the page for browsers too, unless dist/ is newer. */
export function ensureBuild() {
  const stamp = join(root, 'dist/.built');
  const sources = [
    'tsconfig.json',
    'tsconfig.build.json',
    'package-lock.json',
    'scripts/build-page.mjs',
  ];
  for (const entry of readdirSync(join(root, 'src'), { recursive: true })) {
    sources.push(join('src', String(entry)));
  }
  if (sources.every((path) => modified(join(root, path)) <= modified(stamp))) return;
  requireWritable('dist');
  say('building');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  compile();
  buildPage();
  writeFileSync(stamp, '');
}

/** Compiles src/ to dist/. */
export function compile() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  run([process.execPath, tsc, '-p', 'tsconfig.build.json']);
}

/** Bundles the page; that of dist/ is replaced, and nothing else there. */
export function buildPage() {
  run([process.execPath, join(root, 'scripts/build-page.mjs')]);
}

/** @param {string} path */
function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : Number.NEGATIVE_INFINITY;
}

/** @param {string} line */
export function say(line) {
  console.error(`set-up: ${line} …`);
}

/** What only who wrote a program can read. */
const STACK = /^(npm error)?\s+at |^node:internal|^Node\.js v|^\s*\^|^\s*throw /;

/**
 * Runs a command to its end; shows what it said, without stacks, and gives up when it fails.
 *
 * @param {string[]} command
 * @param {Record<string, string>} [env] set beside what is set
 */
export function run([program = '', ...parameters], env = {}) {
  const { status, error, stdout, stderr } = spawnSync(program, parameters, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    // A package that brings a server must not start it: ours runs beside it.
    env: { ...process.env, ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  if (status === 0) return;
  const said = `${stdout ?? ''}${stderr ?? ''}`.split('\n').filter((line) => line.trim() !== '');
  for (const line of said.filter((line) => !STACK.test(line))) console.error(line);
  giveUp(`set-up: ${program} ${parameters.join(' ')} failed${error ? `: ${error}` : ''}`);
}
