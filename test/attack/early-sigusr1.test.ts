import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { freePort } from '../../scripts/testbed/free-port.js';
import { type Running, startCommand } from '../support/process.js';

const HOOKS = new URL('../support/sigusr1-at-each-import.mjs', import.meta.url).href;

const AWAY = {
  USS_HTTP_PORT: '0',
  USS_ES_ADDRESS: 'ipv4:127.0.0.1:1',
  ES_HTTP_PORT: '0',
  ES_GRPC_PORT: '0',
  ES_REDIS_URL: 'redis://127.0.0.1:1',
};

/** What runs as a process, and what it prints once it serves; nothing where it ends by itself. */
const PROCESSES: [command: string[], env: Record<string, string>, ready?: RegExp][] = [
  [['dist/uss/main.js'], {}, /REST on/],
  [['dist/es/main.js'], {}, /REST on/],
  [['dist/es/main.js'], { ES_WORKERS: '2' }, /2 workers serve/],
  [['scripts/start.mjs'], {}, /REST on[\s\S]*REST on/],
  [['scripts/start.mjs', '--watch'], {}, /REST on[\s\S]*REST on/],
  [['scripts/run.mjs', 'import', '--help'], {}],
  [['scripts/run.mjs', 'dead-letters', '--help'], {}],
  [['scripts/run.mjs', 'api-key', '--help'], {}],
];

describe('SIGUSR1 before a service has started', () => {
  let running: Running;
  afterEach(() => running.kill());

  for (const [command, env, ready] of PROCESSES) {
    const title = [...Object.entries(env).map((pair) => pair.join('=')), ...command].join(' ');

    it(`opens no debugger: ${title}`, async () => {
      const port = await freePort();
      const options = { NODE_OPTIONS: `--inspect-port=${port} --import=${HOOKS}` };
      running = startCommand([process.execPath, ...command], { ...AWAY, ...env, ...options });
      if (ready === undefined) expect((await running.exited).code).to.equal(0);
      else {
        await running.printed(ready);
        running.child.kill('SIGUSR1');
        expect(await isOpen(port)).to.equal(false);
        running.child.kill('SIGTERM');
        expect((await running.exited).code).to.equal(0);
      }
      expect(running.output()).to.contain('SIGUSR1 was sent');
      expect(running.output()).not.to.contain('Debugger listening');
    });
  }
});

/** Whether somebody listens on a port. */
async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isConnected = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isConnected;
}
