import '../process/no-debugger.js';

const { runService } = await import('../process/workers.js');
const { loadUssConfig } = await import('./config.js');
const { startUss } = await import('./service.js');

await runService('uss', loadUssConfig, startUss);
