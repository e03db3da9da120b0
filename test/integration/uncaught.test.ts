import { expect } from 'chai';
import { startCommand } from '../support/process.js';

const LIFECYCLE = new URL('../../dist/process/lifecycle.js', import.meta.url).href;
const LOGGER = new URL('../../dist/telemetry/logger.js', import.meta.url).href;

/** An error as one of Redis, with what a client has sent. */
const ERROR = `Object.assign(new Error("ERR 'secret'"), { command: { name: 'get', args: ['secret'] } })`;

/** Where an error may come out of a service, in a program that is one. */
const PROGRAMS: Record<string, string> = {
  'its start': `run('es', async () => { throw ${ERROR}; });`,
  'a callback': `run('es', async () => { setImmediate(() => { throw ${ERROR}; }); return {}; });`,
  'a promise': `run('es', async () => { Promise.reject(${ERROR}); return {}; });`,
  'its end': `
    run('es', async () => ({ async close() { throw new AggregateError([${ERROR}], '"secret"'); } }));
    process.emit('SIGTERM', 'SIGTERM');`,
  'a line of its log': `
    const logger = createLogger('es', { level: 'trace', format: 'json' });
    logger.error(${ERROR});
    logger.error(${ERROR}, 'with words');
    logger.error({ err: ${ERROR}, reason: ${ERROR} }, 'with more');
    process.exit(1);`,
};

describe('An error that comes out of a service', () => {
  for (const [title, program] of Object.entries(PROGRAMS)) {
    it(`by ${title} is described, not printed whole`, async () => {
      const imports = `import { run } from '${LIFECYCLE}'; import { createLogger } from '${LOGGER}';`;
      const flags = ['--input-type=module', '--eval', imports + program];
      const running = startCommand([process.execPath, ...flags], {});
      expect((await running.exited).code).to.equal(1);
      expect(running.output()).to.match(/message"?: ?"ERR '…"/);
      expect(running.output()).not.to.contain('secret');
    });
  }
});
