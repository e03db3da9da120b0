// `npm run build`: compiles src/ to dist/, the page for browsers too.
import { readCommandLine } from './command-line.mjs';
import { buildPage, compile, requireNode } from './setup.mjs';

readCommandLine({
  name: 'build',
  usage: `Usage: npm run build

Compiles src/ to dist/, the page for browsers too.

  --help      this text
  --version   the version of the project`,
  options: {},
});
requireNode();
compile();
buildPage();
