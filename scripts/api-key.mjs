// `npm run api-key`: sets up what is missing, then makes an API key; the parameters are those of
// api-key/main.ts.
import './no-debugger.mjs';

const { runTypeScript } = await import('./run-typescript.mjs');

await runTypeScript('scripts/api-key/main.ts');
