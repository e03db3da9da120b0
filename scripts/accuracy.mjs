// `npm run accuracy`: how far estimates are off, see bench/accuracy/main.ts.
import { ACCURACY } from '../bench/accuracy/options.mjs';
import { readCommandLine } from './command-line.mjs';
import { runTypeScript } from './run-typescript.mjs';

readCommandLine(ACCURACY);
await runTypeScript('bench/accuracy/main.ts');
