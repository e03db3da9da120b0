// `npm run import`: sets up what is missing, then imports; the parameters are those of import/main.ts.
import { runTypeScript } from './run-typescript.mjs';

runTypeScript('scripts/import/main.ts');
