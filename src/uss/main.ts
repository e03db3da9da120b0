import { runService } from '../shared/workers.js';
import { loadUssConfig } from './config.js';
import { startUss } from './service.js';

await runService('uss', loadUssConfig, startUss);
