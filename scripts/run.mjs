// `node scripts/run.mjs NAME`: runs a script of package.json that scripts/package-scripts.mjs has, once what it needs is set up. What
// follows the name are the script's own parameters.
import './no-debugger.mjs';

// Loaded later, so that no signal opens a debugger meanwhile.
const { runScript } = await import('./package-scripts.mjs');

const [name = ''] = process.argv.splice(2, 1);
await runScript(name);
