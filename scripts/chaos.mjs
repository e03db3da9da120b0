// `npm run chaos`: sets up what is missing, then runs the chaos suite; see test/chaos/main.ts.
import { spawnSync } from 'node:child_process';
import { ensureProgram } from './programs.mjs';
import { ensureBuild, ensureDependencies, requireNode, root } from './setup.mjs';

requireNode();
ensureDependencies();
ensureBuild();
for (const program of ['redis-server', 'rabbitmq-server']) ensureProgram(program);
const { status } = spawnSync(
  process.execPath,
  ['--import', 'tsx', 'test/chaos/main.ts', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
