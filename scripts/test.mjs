// `npm test`: sets up what is missing, then runs every test; what follows `--` goes to mocha, so that
// `npm test -- test/unit/ndjson.test.ts` runs one file. Properties are tried with PROPERTY_SEEDS, or a seed at random.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { ensureProgram } from './programs.mjs';
import { ensureBuild, ensureDependencies, requireNode, root, setUp } from './setup.mjs';

requireNode();
setUp(() => {
  ensureDependencies();
  ensureBuild();
});
for (const program of ['redis-server', 'rabbitmq-server', 'openssl', 'chromium', 'prometheus'])
  ensureProgram(program);

const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
const parameters = process.argv.slice(2);
const every = parameters.some((parameter) => parameter.endsWith('.ts'))
  ? []
  : ['test/**/*.test.ts'];
// The configuration of whoever runs the tests is not theirs.
const env = Object.entries(process.env).filter(([name]) => !/^(ES|USS)_/.test(name));
const seeds = process.env.PROPERTY_SEEDS ?? String(randomInt(2 ** 31));
console.log(`Seed of the properties: ${seeds}; PROPERTY_SEEDS=${seeds} tries it again`);
const { status } = spawnSync(process.execPath, [mocha, ...parameters, ...every], {
  cwd: root,
  stdio: 'inherit',
  env: { ...Object.fromEntries(env), PROPERTY_SEEDS: seeds },
});
process.exit(status ?? 1);
