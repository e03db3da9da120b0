// `npm start`: sets up what is missing, then runs a private Redis, ES and USS in this process.
// `--watch`, which is `npm run dev`, restarts it on every change of the sources; `--repair` first repairs the append-only
// file of the Redis.
import './no-debugger.mjs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const { ensureProgram } = await import('./programs.mjs');
const { lockDirectory } = await import('./lock.mjs');
const { buildPage, ensureBuild, ensureDependencies, requireNode, root, setUp } = await import(
  './setup.mjs'
);

requireNode();
const { readCommandLine } = await import('./command-line.mjs');
const flag = /** @type {const} */ ({ type: 'boolean' });
readCommandLine({
  name: 'start',
  usage: `Usage: npm start -- [options]

Sets up what is missing, then runs a private Redis, ES and USS, and prints where they are. Ctrl-C stops them, the counts stay.
npm run dev does it again on every change of the sources. README.md has the settings.

  --repair    first repair the append-only file of the Redis; a copy is kept
  --help      this text
  --version   the version of the project`,
  options: { repair: flag, watch: flag, 'from-source': flag },
});
const parameters = process.argv.slice(2);

setUp(ensureDependencies);

if (parameters.includes('--watch')) {
  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
  // For what it starts too, which loads files of its own first.
  const nodeOptions = [
    process.env.NODE_OPTIONS,
    `--import=${import.meta.resolve('./no-debugger.mjs')}`,
  ]
    .filter(Boolean)
    .join(' ');
  const child = spawn(
    process.execPath,
    [
      tsx,
      'watch',
      '--clear-screen=false',
      '--include=config/*.yaml',
      '--include=src/page/**/*',
      'scripts/start.mjs',
      '--from-source',
      ...parameters.filter((one) => one !== '--watch'),
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: nodeOptions } },
  );
  // A terminal's Ctrl-C reaches the child by itself; what is sent to this process alone is passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => process.exit(code ?? 1));
} else {
  const fromSource = parameters.includes('--from-source');
  setUp(fromSource ? buildPage : ensureBuild);
  const { runStandalone } = await import(
    fromSource ? '../src/local/standalone.ts' : '../dist/local/standalone.js'
  );
  const machine = { program: ensureProgram, lock: lockDirectory };
  await runStandalone(machine, parameters.includes('--repair'));
}
