// `npm test`: sets up what is missing, then runs every test; options go to mocha, and what else follows `--` are files, so that
// `npm test -- test/unit/ndjson.test.ts` runs one file. Properties are tried with PROPERTY_SEEDS, or a seed at random.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readCommandLine } from './command-line.mjs';
import { ensureProgram } from './programs.mjs';
import { ensureBuild, ensureDependencies, requireNode, root, setUp } from './setup.mjs';
import { withoutSettings } from './without-settings.mjs';

const text = /** @type {const} */ ({ type: 'string' });
const flag = /** @type {const} */ ({ type: 'boolean' });
const { values, positionals } = readCommandLine({
  name: 'test',
  usage: `Usage: npm test -- [FILE ...] [options]

Runs every test, or those of some files or folders. Properties are tried with PROPERTY_SEEDS, or a seed at random.

  --grep PATTERN, --fgrep TEXT   only tests whose titles have it; --invert all others
  --bail                         end at the first that fails
  --timeout MS, --slow MS        of a test that has none of its own
  --jobs N, --no-parallel        how many files at once
  --reporter NAME                how it is told: spec, dot, json, ...
  --forbid-only, --full-trace    as mocha has them
  --help                         this text
  --version                      the version of the project`,
  takesWords: true,
  options: {
    grep: text,
    fgrep: text,
    timeout: text,
    slow: text,
    jobs: text,
    reporter: text,
    invert: flag,
    bail: flag,
    parallel: flag,
    'no-parallel': flag,
    'forbid-only': flag,
    'full-trace': flag,
  },
});
const files = positionals.map((word) => {
  if (!existsSync(resolve(root, word)) && !word.includes('*')) {
    console.error(
      `test: there is no file or folder ${JSON.stringify(word)}; --grep takes a part of a title`,
    );
    process.exit(1);
  }
  return word.endsWith('.ts') ? word : join(word, '**/*.test.ts');
});
requireNode();
setUp(() => {
  ensureDependencies();
  ensureBuild();
});
for (const program of ['redis-server', 'rabbitmq-server', 'openssl', 'chromium', 'prometheus'])
  ensureProgram(program);

const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
const chosen = Object.entries(values).map(([name, value]) =>
  value === true ? `--${name}` : `--${name}=${value}`,
);
// Parallel with one job, mocha would load files as CommonJS, which not every package is.
if (values.jobs === '1') chosen.push('--no-parallel');
const specs = files.length === 0 ? ['test/**/*.test.ts'] : files;
const seeds = process.env.PROPERTY_SEEDS ?? String(randomInt(2 ** 31));
console.log(`Seed of the properties: ${seeds}; PROPERTY_SEEDS=${seeds} tries it again`);
const { status } = spawnSync(process.execPath, [mocha, ...chosen, ...specs], {
  cwd: root,
  stdio: 'inherit',
  env: { ...withoutSettings(), PROPERTY_SEEDS: seeds },
});
process.exit(status ?? 1);
