// `npm run generate`: makes src/generated/ and proto/descriptors.binpb from proto/ and the routes of ES.
import { join } from 'node:path';
import { readCommandLine } from './command-line.mjs';
import { ensureDependencies, requireNode, root, run } from './setup.mjs';

readCommandLine({
  name: 'generate',
  usage: `Usage: npm run generate

Checks proto/, and makes src/generated/ and proto/descriptors.binpb from it and from the routes of ES.

  --help      this text
  --version   the version of the project`,
  options: {},
});
requireNode();
ensureDependencies();
const buf = join(root, 'node_modules/.bin/buf');
run([buf, 'lint']);
run([buf, 'generate']);
run([buf, 'build', '--as-file-descriptor-set', '--output', 'proto/descriptors.binpb']);
run([process.execPath, '--import', 'tsx', 'scripts/generate/main.ts', 'src/generated']);
