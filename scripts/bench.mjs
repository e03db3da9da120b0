// `npm run bench`: sets up what is missing, then measures; what follows `--` are its options.
import { spawnSync } from 'node:child_process';
import { BENCH } from '../bench/options.mjs';
import { readCommandLine } from './command-line.mjs';
import { ensureProgram } from './programs.mjs';
import { ensureBuild, ensureDependencies, requireNode, root } from './setup.mjs';

readCommandLine(BENCH);
requireNode();
ensureDependencies();
ensureBuild();
for (const program of ['redis-server', 'rabbitmq-server', 'wrk']) ensureProgram(program);

// The configuration of whoever measures is not what is measured.
const env = Object.entries(process.env).filter(([name]) => !/^(ES|USS)_/.test(name));
const { status } = spawnSync(
  process.execPath,
  ['--import', 'tsx', 'bench/main.ts', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: Object.fromEntries(env) },
);
process.exit(status ?? 1);
