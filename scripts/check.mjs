// `npm run check`: the static checks. Sets up what they need.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCommandLine } from './command-line.mjs';
import { ensureProgram } from './programs.mjs';
import { ensureDependencies, requireNode, root } from './setup.mjs';

readCommandLine({
  name: 'check',
  usage: `Usage: npm run check

Runs the static checks: biome, types, who imports whom, what nobody uses, how long files are, generated code,
shellcheck.

  --help      this text
  --version   the version of the project`,
  options: {},
});
requireNode();
ensureDependencies();

/** Where source code is. */
const FOLDERS = ['src', 'test', 'bench', 'scripts'];

/** A file of source code that is longer is about more than one thing. */
const MOST_LINES = 200;

const bin = join(root, 'node_modules/.bin');
const failed = [
  check('biome', [join(bin, 'biome'), 'check', '--error-on-warnings']),
  check('types', [join(bin, 'tsc'), '--noEmit']),
  check('types of the page', [join(bin, 'tsc'), '--noEmit', '--project', 'src/page']),
  check('imports', [join(bin, 'depcruise'), '--output-type=err', ...FOLDERS]),
  check('nothing unused', [join(bin, 'knip')]),
  check(`no file over ${MOST_LINES} lines`, filesAreShort),
  check('generated code', generatedIsFresh),
  check('shell scripts', [ensureProgram('shellcheck'), '.ci/run']),
].includes(false);
process.exit(failed ? 1 : 0);

/**
 * @param {string} name
 * @param {string[] | (() => boolean)} what a command, or a function that tells
 */
function check(name, what) {
  const ok = typeof what === 'function' ? what() : command(what);
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`);
  return ok;
}

/** @param {string[]} line */
function command([program = '', ...parameters]) {
  return spawnSync(program, parameters, { cwd: root, stdio: 'inherit' }).status === 0;
}

function filesAreShort() {
  const files = FOLDERS.flatMap((folder) =>
    filesBelow(join(root, folder)).map((name) => join(folder, name)),
  );
  const long = files
    .filter((name) => /\.(ts|tsx|mjs|css|go|lua)$/.test(name))
    .filter((name) => !name.startsWith('src/generated/'))
    .filter((name) => readFileSync(join(root, name), 'utf8').split('\n').length > MOST_LINES + 1);
  for (const name of long) console.error(`${name} has more than ${MOST_LINES} lines: split it`);
  return long.length === 0;
}

/** Generates everything anew beside the project, and compares. */
function generatedIsFresh() {
  const scratch = mkdtempSync(join(tmpdir(), 'generated-'));
  try {
    const buf = join(bin, 'buf');
    const descriptors = join(scratch, 'descriptors.binpb');
    return (
      command([buf, 'lint']) &&
      command([buf, 'generate', '--output', scratch]) &&
      command([buf, 'build', '--as-file-descriptor-set', '--output', descriptors]) &&
      command([
        process.execPath,
        '--import',
        'tsx',
        'scripts/generate/main.ts',
        join(scratch, 'src/generated'),
      ]) &&
      sameFiles(join(scratch, 'src/generated'), join(root, 'src/generated')) &&
      sameFiles(scratch, join(root, 'proto'), ['descriptors.binpb'])
    );
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/**
 * @param {string} made the folder just generated
 * @param {string} kept the committed one
 */
function sameFiles(made, kept, names = filesBelow(made)) {
  const extra = names.length === 1 ? [] : filesBelow(kept).filter((name) => !names.includes(name));
  const stale = names.filter((name) => !equal(join(made, name), join(kept, name)));
  for (const name of [...stale, ...extra]) {
    console.error(`${join(kept, name)} is stale: npm run generate`);
  }
  return stale.length + extra.length === 0;
}

/** @param {string} folder */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/**
 * @param {string} one
 * @param {string} other
 */
function equal(one, other) {
  try {
    return readFileSync(one).equals(readFileSync(other));
  } catch {
    return false;
  }
}
