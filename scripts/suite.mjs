// `npm run chaos`, `fuzz`, `attack`, `journey` and `bench-page`: sets up what is missing, then runs the suite that is named
// first; what follows are its options.
import { spawnSync } from 'node:child_process';
import { BENCH_PAGE } from '../bench/page/options.mjs';
import { ATTACK } from '../test/attack/options.mjs';
import { CHAOS } from '../test/chaos/options.mjs';
import { FUZZ } from '../test/fuzz/options.mjs';
import { JOURNEY } from '../test/journey/options.mjs';
import { readCommandLine } from './command-line.mjs';
import { ensureProgram } from './programs.mjs';
import { ensureBuild, ensureDependencies, giveUp, requireNode, root } from './setup.mjs';

const MOCHA = ['node_modules/mocha/bin/mocha.js', '--no-parallel', '--timeout', '900000'];

/** @type {Record<string, [command: import('./command-line.mjs').Command<any>, run: string[]]>} */
const SUITES = {
  chaos: [CHAOS, ['test/chaos/main.ts']],
  fuzz: [FUZZ, ['test/fuzz/main.ts']],
  attack: [ATTACK, [...MOCHA, '--require', './test/attack/full.ts', 'test/attack/*.test.ts']],
  'bench-page': [BENCH_PAGE, ['bench/page/main.ts']],
  journey: [JOURNEY, ['test/journey/main.ts']],
};

const [, , name = '', ...parameters] = process.argv;
const [command, run] = SUITES[name] ?? giveUp(`suite: ${Object.keys(SUITES).join(', ')} are there`);
readCommandLine(command, parameters);
requireNode();
ensureDependencies();
ensureBuild();
for (const program of ['redis-server', 'rabbitmq-server', 'openssl', 'chromium'])
  ensureProgram(program);
// The configuration of whoever runs it is not that of the services it starts.
const env = Object.entries(process.env).filter(([name]) => !/^(ES|USS)_/.test(name));
const { status } = spawnSync(process.execPath, ['--import', 'tsx', ...run, ...parameters], {
  cwd: root,
  stdio: 'inherit',
  env: Object.fromEntries(env),
});
process.exit(status ?? 1);
