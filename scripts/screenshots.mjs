// `npm run screenshots`: sets up what is missing, then takes the pictures of the page; the parameters are those of
// screenshots/main.ts.
import { ensureProgram } from './programs.mjs';
import { runTypeScript } from './run-typescript.mjs';
import { ensureBuild, ensureDependencies } from './setup.mjs';

ensureDependencies();
ensureBuild();
for (const program of ['redis-server', 'chromium']) ensureProgram(program);
runTypeScript('scripts/screenshots/main.ts');
