import { runService } from '../shared/workers.js';
import { loadEsConfig } from './config.js';
import { startEs } from './service.js';

await runService('es', loadEsConfig, startEs);
