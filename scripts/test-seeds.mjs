// `npm run test-seeds`: runs every file of tests that has a property, each property with many seeds at random. One that
// falls does so again with `npm run test-seeds -- --seed SEED`, and with `PROPERTY_SEEDS=SEED npm test`.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readCommandLine } from './command-line.mjs';
import { ensureProgram } from './programs.mjs';
import { ensureBuild, ensureDependencies, giveUp, requireNode, root } from './setup.mjs';
import { withoutSettings } from './without-settings.mjs';

/** By then it has long been through; a property that never ends is not waited for. */
const LIMIT_MS = 45 * 60_000;

const { seeds, files } = readOptions();
requireNode();
ensureDependencies();
ensureBuild();
for (const program of ['redis-server', 'rabbitmq-server', 'openssl']) ensureProgram(program);

console.log(`${files.length} files of properties, each property with seeds: ${seeds.length}`);
const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
const { status, error } = spawnSync(
  process.execPath,
  [mocha, '--jobs', String(availableParallelism()), ...files],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...withoutSettings(), PROPERTY_SEEDS: seeds.join(',') },
    timeout: LIMIT_MS,
  },
);
if (error) giveUp(`ended after ${LIMIT_MS / 60_000} minutes: ${error.message}`);
process.exit(status ?? 1);

/** What the command line asks for. */
function readOptions() {
  try {
    const { values, positionals } = readCommandLine({
      name: 'test-seeds',
      usage: `Usage: npm run test-seeds -- [FILE ...] [options]

Runs every file of tests that has a property, or those that are named, each property with many seeds at random.

  --seeds N    how many; 200 unless given
  --seed N     just this one
  --help       this text
  --version    the version of the project`,
      takesWords: true,
      options: { seeds: { type: 'string', default: '200' }, seed: { type: 'string' } },
    });
    if (!/^[1-9]\d{0,3}$/.test(values.seeds)) throw new Error('--seeds must be 1 to 9999');
    if (!/^-?\d+$/.test(values.seed ?? '0')) throw new Error('--seed must be a whole number');
    const random = Array.from({ length: Number(values.seeds) }, () => String(randomInt(2 ** 31)));
    return {
      seeds: values.seed === undefined ? random : [values.seed],
      files: positionals.length > 0 ? positionals : filesWithProperties(),
    };
  } catch (error) {
    return giveUp(`test-seeds: ${/** @type {Error} */ (error).message}`);
  }
}

function filesWithProperties() {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', name))
    .filter((name) => readFileSync(join(root, name), 'utf8').includes('fc.assert('));
}
