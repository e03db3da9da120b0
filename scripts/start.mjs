// `npm start`: sets up what is missing, then runs a private Redis, ES and USS in this process.
// `--watch`, which is `npm run dev`, restarts it on every change of the sources; `--repair` first repairs the append-only
// file of the Redis.
import './no-debugger.mjs';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { ensureProgram } = await import('./programs.mjs');
const { lockDirectory } = await import('./lock.mjs');
const { buildPage, ensureBuild, ensureDependencies, giveUp, requireNode, root, setUp } =
  await import('./setup.mjs');

const parameters = process.argv.slice(2);
if (parameters[0] === '--version') {
  console.log(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  process.exit(0);
}
const unknown = parameters.find((one) => !['--watch', '--from-source', '--repair'].includes(one));
if (unknown !== undefined)
  giveUp(`start: ${JSON.stringify(unknown)} is not known; --repair and --version are`);

requireNode();
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
      ...['watch', '--clear-screen=false', '--include=config/*.yaml', '--include=src/page/**/*'],
      ...['scripts/start.mjs', '--from-source'],
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
    fromSource ? '../src/standalone.ts' : '../dist/standalone.js'
  );
  const machine = { program: ensureProgram, lock: lockDirectory };
  await runStandalone(machine, parameters.includes('--repair'));
}
