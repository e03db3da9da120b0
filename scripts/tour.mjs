// `npm run tour`: sets up what is missing, then walks through the page in a browser; the parameters are those of
// test/tour/main.ts.
import { readCommandLine } from './command-line.mjs';
import { ensureProgram } from './programs.mjs';
import { runTypeScript } from './run-typescript.mjs';
import { ensureBuild, ensureDependencies } from './setup.mjs';

const text = /** @type {const} */ ({ type: 'string' });
readCommandLine({
  name: 'tour',
  usage: `Usage: npm run tour -- [FILE [options]]

Imports a file into an ES and a Redis of their own, compares every count with the exact one, walks through the page in a
browser, and takes the pictures in docs/images/ on the way.

  FILE                    examples/visits.csv unless given
  --segment-field NAME, --user-field NAME, --time-field NAME, --window-days DAYS
                          as of npm run import
  --help                  this text
  --version               the version of the project`,
  takesWords: true,
  options: { 'segment-field': text, 'user-field': text, 'time-field': text, 'window-days': text },
});
ensureDependencies();
ensureBuild();
for (const program of ['redis-server', 'chromium']) ensureProgram(program);
await runTypeScript('test/tour/main.ts');
