import { ChildProcess } from 'node:child_process';
import { Server, Socket } from 'node:net';
import { relative } from 'node:path';
import { beforeEachRunnable } from './runnables.js';

/** What no unit test does: it runs anywhere, and needs nobody else. */
const FORBIDDEN: readonly [prototype: object, method: string][] = [
  [Server.prototype, 'listen'],
  [Socket.prototype, 'connect'],
  [ChildProcess.prototype, 'spawn'],
];

type Method = (this: unknown, ...parameters: unknown[]) => unknown;

/** The unit test, or a hook of one, that runs now. */
let unitTest: string | undefined;

beforeEachRunnable(({ file = '', title }) => {
  const path = relative(process.cwd(), file);
  unitTest = path.startsWith('test/unit/') ? `${path}: ${title}` : undefined;
});

for (const [prototype, method] of FORBIDDEN) {
  const methods = prototype as Record<string, Method>;
  const original = methods[method] as Method;
  methods[method] = function forbidden(...parameters) {
    if (unitTest === undefined) return original.apply(this, parameters);
    throw new Error(`a unit test opens no socket and starts no process: ${unitTest}`);
  };
}
