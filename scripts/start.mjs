// `npm start`: sets up what is missing, then runs a private Redis, ES and USS in this process.
// `--watch`, which is `npm run dev`, restarts it on every change of the sources.
import './no-debugger.mjs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const { ensureProgram } = await import('./programs.mjs');
const { buildPage, ensureBuild, ensureDependencies, requireNode, root } = await import(
  './setup.mjs'
);

requireNode();
ensureDependencies();

if (process.argv.includes('--watch')) {
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
      ...['watch', '--clear-screen=false', '--include=config/*.yaml', '--include=src/page/**/*'],
      ...['scripts/start.mjs', '--from-source'],
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: nodeOptions } },
  );
  // A terminal's Ctrl-C reaches the child by itself; what is sent to this process alone is passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => process.exit(code ?? 1));
} else {
  const fromSource = process.argv.includes('--from-source');
  if (fromSource) buildPage();
  else ensureBuild();
  const { runStandalone } = await import(
    fromSource ? '../src/standalone.ts' : '../dist/standalone.js'
  );
  await runStandalone(() => ensureProgram('redis-server'));
}
