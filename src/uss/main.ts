import { run } from '../shared/lifecycle.js';
import { loadUssConfig } from './config.js';
import { startUss } from './service.js';

await run('uss', async () => startUss(loadUssConfig()));
