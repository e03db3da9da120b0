// `npm run accuracy`: how far estimates are off, see bench/accuracy/main.ts.
import { runTypeScript } from './run-typescript.mjs';

await runTypeScript('bench/accuracy/main.ts');
