// `npm run chaos`, `fuzz` and `attack`: sets up what is missing, then runs the file that is named first; what follows
// are its options.
import { spawnSync } from 'node:child_process';
import { ensureProgram } from './programs.mjs';
import { ensureBuild, ensureDependencies, requireNode, root } from './setup.mjs';

requireNode();
ensureDependencies();
ensureBuild();
for (const program of ['redis-server', 'rabbitmq-server', 'openssl', 'chromium'])
  ensureProgram(program);
// The configuration of whoever runs it is not that of the services it starts.
const env = Object.entries(process.env).filter(([name]) => !/^(ES|USS)_/.test(name));
const { status } = spawnSync(process.execPath, ['--import', 'tsx', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: Object.fromEntries(env),
});
process.exit(status ?? 1);
