// `npm run import`: sets up what is missing, then imports; the parameters are those of import/main.ts.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureDependencies, requireNode, root } from './setup.mjs';

requireNode();
ensureDependencies();
const { status } = spawnSync(
  process.execPath,
  // From where it was called, so that FILE may be relative to that.
  [
    '--import',
    import.meta.resolve('tsx'),
    join(root, 'scripts/import/main.ts'),
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
process.exit(status ?? 1);
