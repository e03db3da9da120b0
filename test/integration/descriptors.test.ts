import { expect } from 'chai';
import { startCommand } from '../support/process.js';

/** Opens all files that it may, keeps them for a hundred looks, closes them, and does so twice more. */
const SCRIPT = `
  import { closeSync, openSync } from 'node:fs';
  import { setTimeout as delay } from 'node:timers/promises';
  import { watchDescriptors } from './dist/process/descriptors.js';
  const print = (line) => console.log(line);
  const stop = watchDescriptors({ error: print, info: print }, 5);
  for (const round of [1, 2, 3]) {
    const files = [];
    try { for (;;) files.push(openSync('/dev/null')); } catch {}
    await delay(500);
    files.forEach(closeSync);
    await delay(500);
  }
  stop();
`;

describe('a process without descriptors', () => {
  for (const limit of [64, 128]) {
    it(`says so once a minute at most, and when it has some again: ${limit}`, async () => {
      const node = [process.execPath, '--input-type=module', '--eval', SCRIPT];
      const shell = ['sh', '-c', `ulimit -n ${limit} && exec "$@"`, 'sh'];
      const running = startCommand([...shell, ...node], {});
      await running.exited;
      const [short, again, ...others] = running.output().split('\n');
      expect(short).to.match(/^no more files can be opened \(EMFILE\), .* raise that, or lower /);
      expect(short).to.contain(`this process has ${limit} (ulimit -n)`);
      expect(again).to.equal('files can be opened again');
      expect(others).to.deep.equal([]);
    });
  }
});
