// What a fresh machine lacks, and how to get it. Plain JavaScript without packages, since it runs before
// there are any.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
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

/** Compiles src/ to dist/, the page for browsers too, unless dist/ is newer. */
export function ensureBuild() {
  const stamp = join(root, 'dist/.built');
  const sources = [
    ...['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
    'scripts/build-page.mjs',
  ];
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
  buildPage();
  writeFileSync(stamp, '');
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

/**
 * Runs a command to its end; shows what it said and gives up when it fails.
 *
 * @param {string[]} command
 */
export function run([program = '', ...parameters]) {
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
