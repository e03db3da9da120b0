import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureDependencies, requireNode, root } from './setup.mjs';

/**
 * Sets up what is missing, then runs a script of the project with the parameters of this process, and ends
 * as it does. It runs where it was called, so that files may be named relative to that.
 *
 * @param {string} script
 * @returns {never}
 */
export function runTypeScript(script) {
  requireNode();
  ensureDependencies();
  const { status } = spawnSync(
    process.execPath,
    [
      ...['--import', import.meta.resolve('./no-debugger.mjs')],
      ...['--import', import.meta.resolve('tsx'), join(root, script)],
      ...process.argv.slice(2),
    ],
    { stdio: 'inherit' },
  );
  process.exit(status ?? 1);
}
