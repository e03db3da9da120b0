import '../shared/no-debugger.js';

const { runService } = await import('../shared/workers.js');
const { loadEsConfig } = await import('./config.js');
const { startEs } = await import('./service.js');

await runService('es', loadEsConfig, startEs);
