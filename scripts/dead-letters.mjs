// `npm run dead-letters`: sets up what is missing, then looks at dead letters; the parameters are those of
// dead-letters/main.ts.
import './no-debugger.mjs';

const { runTypeScript } = await import('./run-typescript.mjs');

await runTypeScript('scripts/dead-letters/main.ts');
