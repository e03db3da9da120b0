// `npm run import`: sets up what is missing, then imports; the parameters are those of import/main.ts.
import './no-debugger.mjs';

const { runTypeScript } = await import('./run-typescript.mjs');

await runTypeScript('scripts/import/main.ts');
