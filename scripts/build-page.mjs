// Bundles the page that ES serves, src/page/, to dist/page/: one script and one style sheet, with all they need.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src/page');
const target = join(root, 'dist/page');

mkdirSync(target, { recursive: true });
await build({
  entryPoints: { page: join(source, 'main.tsx') },
  outdir: target,
  bundle: true,
  minify: true,
  format: 'iife',
  // The first with light-dark().
  target: ['chrome123', 'firefox120', 'safari17.5'],
  legalComments: 'eof',
  logLevel: 'warning',
});
for (const name of ['index.html', 'icon.svg']) copyFileSync(join(source, name), join(target, name));
