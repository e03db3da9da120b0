// `npm run tour`: sets up what is missing, then walks through the page in a browser; the parameters are those of
// test/tour/main.ts.
import { ensureProgram } from './programs.mjs';
import { runTypeScript } from './run-typescript.mjs';
import { ensureBuild, ensureDependencies } from './setup.mjs';

ensureDependencies();
ensureBuild();
for (const program of ['redis-server', 'chromium']) ensureProgram(program);
await runTypeScript('test/tour/main.ts');
