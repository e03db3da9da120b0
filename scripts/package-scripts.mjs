// The scripts of package.json that set up what they need and then run TypeScript or mocha.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readCommandLine } from './command-line.mjs';
import { ensureGrpcurl, inOwnNetwork } from './docs-check.mjs';
import { ensureProgram } from './programs.mjs';
import { ensureBuild, ensureDependencies, giveUp, requireNode, root } from './setup.mjs';
import { withoutSettings } from './without-settings.mjs';

/**
 * A script, and what it needs.
 *
 * @typedef {object} Script
 * @property {string} main the file that it runs, below the top of the project
 * @property {string[]} [parameters] of `main`, before those of the command line
 * @property {boolean} [isUsersOwn] whether it works with the files and settings of the user who runs it: it runs in this
 * process, so that signals reach it, and where it was called. All others run at the top of the project, without settings of
 * the services.
 * @property {() => Promise<import('./command-line.mjs').Command<any>>} [command] loaded for this script alone, and checked before anything is set up; `main` reads its
 * command line by itself where there is none
 * @property {boolean} [needsBuild] whether it runs what is in dist/
 * @property {string[]} [programs] of other projects that it runs
 * @property {() => Record<string, string>} [prepare] sets up what only it needs, and returns variables of its environment
 * @property {(command: string[]) => string[]} [wrap] the command that runs the one of the script
 */

const SUITE_PROGRAMS = ['redis-server', 'rabbitmq-server', 'openssl', 'chromium'];

/** @type {Record<string, Script>} */
const SCRIPTS = {
  import: { main: 'scripts/import/main.ts', isUsersOwn: true },
  'dead-letters': { main: 'scripts/dead-letters/main.ts', isUsersOwn: true },
  'api-key': { main: 'scripts/api-key/main.ts', isUsersOwn: true },
  accuracy: {
    main: 'bench/accuracy/main.ts',
    isUsersOwn: true,
    command: async () => (await import('../bench/accuracy/options.mjs')).ACCURACY,
  },
  'accuracy-service': {
    main: 'bench/accuracy/service/main.ts',
    command: async () => (await import('../bench/accuracy/service/options.mjs')).SERVICE_ACCURACY,
    needsBuild: true,
    programs: ['redis-server'],
  },
  tour: {
    main: 'test/tour/main.ts',
    isUsersOwn: true,
    command: async () => (await import('../test/tour/options.mjs')).TOUR,
    needsBuild: true,
    programs: ['redis-server', 'chromium'],
  },
  bench: {
    main: 'bench/main.ts',
    command: async () => (await import('../bench/options.mjs')).BENCH,
    needsBuild: true,
    programs: ['redis-server', 'rabbitmq-server', 'wrk', 'h2load'],
  },
  'bench-page': {
    main: 'bench/page/main.ts',
    command: async () => (await import('../bench/page/options.mjs')).BENCH_PAGE,
    needsBuild: true,
    programs: SUITE_PROGRAMS,
  },
  chaos: {
    main: 'test/chaos/main.ts',
    command: async () => (await import('../test/chaos/options.mjs')).CHAOS,
    needsBuild: true,
    programs: SUITE_PROGRAMS,
  },
  fuzz: {
    main: 'test/fuzz/main.ts',
    command: async () => (await import('../test/fuzz/options.mjs')).FUZZ,
    needsBuild: true,
    programs: SUITE_PROGRAMS,
  },
  journey: {
    main: 'test/journey/main.ts',
    command: async () => (await import('../test/journey/options.mjs')).JOURNEY,
    needsBuild: true,
    programs: ['redis-server'],
  },
  attack: {
    main: 'node_modules/mocha/bin/mocha.js',
    parameters: [
      '--no-parallel',
      '--timeout=900000',
      '--require=./test/attack/full.ts',
      'test/attack/*.test.ts',
    ],
    command: async () => (await import('../test/attack/options.mjs')).ATTACK,
    needsBuild: true,
    programs: SUITE_PROGRAMS,
  },
  mutants: {
    main: 'node_modules/@stryker-mutator/core/bin/stryker.js',
    parameters: ['run', 'scripts/mutants/stryker.config.mjs'],
    command: async () => (await import('./mutants/options.mjs')).MUTANTS,
  },
  'docs-check': {
    main: 'test/docs/main.ts',
    command: async () => (await import('../test/docs/options.mjs')).DOCS_CHECK,
    needsBuild: true,
    programs: ['redis-server', 'rabbitmq-server', 'curl'],
    prepare: () => ({ GRPCURL_DIRECTORY: ensureGrpcurl() }),
    wrap: inOwnNetwork,
  },
};

/**
 * Runs the script of a name with the parameters of this process.
 *
 * @param {string} name
 */
export async function runScript(name) {
  const script = SCRIPTS[name];
  if (script === undefined) giveUp(`run: ${Object.keys(SCRIPTS).join(', ')} are there`);
  if (script.command !== undefined) readCommandLine(await script.command());
  requireNode();
  ensureDependencies();
  if (script.needsBuild) ensureBuild();
  for (const program of script.programs ?? []) ensureProgram(program);
  if (script.isUsersOwn) await runHere(script);
  else process.exit(runAtTop(script));
}

/** @param {Script} script */
async function runHere({ main }) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(pathToFileURL(join(root, main)).href);
}

/**
 * @param {Script} script
 * @returns its exit status
 */
function runAtTop({ main, parameters = [], prepare, wrap }) {
  const own = prepare?.() ?? {};
  const script = ['--import', 'tsx', main, ...parameters, ...process.argv.slice(2)];
  const command = [process.execPath, ...script];
  const [program = '', ...rest] = wrap?.(command) ?? command;
  const { status } = spawnSync(program, rest, {
    cwd: root,
    stdio: 'inherit',
    env: { ...withoutSettings(), ...own },
  });
  return status ?? 1;
}
