import { run } from '../shared/lifecycle.js';
import { loadEsConfig } from './config.js';
import { startEs } from './service.js';

await run('es', async () => startEs(loadEsConfig()));
