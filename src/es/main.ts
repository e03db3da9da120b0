import '../process/no-debugger.js';

const { runService } = await import('../process/workers.js');
const { loadEsConfig } = await import('./config.js');
const { startEs } = await import('./service.js');

await runService('es', loadEsConfig, startEs);
