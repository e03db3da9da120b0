// `npm test`: sets up what is missing, then runs every test; what follows `--` goes to mocha.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, ensureProgram, requireNode, root } from './setup.mjs';

requireNode();
ensureDependencies();
ensureBuild();
for (const program of ['redis-server', 'chromium']) ensureProgram(program);

const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
const { status } = spawnSync(process.execPath, [mocha, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
