// `npm run generate`: makes src/generated/ and proto/descriptors.binpb from proto/ and the routes of ES.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
const scratch = mkdtempSync(join(tmpdir(), 'generate-'));
try {
  run([buf, 'lint']);
  // Before buf empties the folder: routes that do not load leave it as it is.
  run([process.execPath, '--import', 'tsx', 'scripts/generate/main.ts', scratch]);
  run([buf, 'generate']);
  run([buf, 'build', '--as-file-descriptor-set', '--output', 'proto/descriptors.binpb']);
  cpSync(scratch, join(root, 'src/generated'), { recursive: true });
} finally {
  rmSync(scratch, { recursive: true });
}
