import { expect } from 'chai';
import { startCommand } from '../support/process.js';

/** Opens all files that it may, keeps them for a hundred looks, closes them, and does so once more. */
const SCRIPT = `
  import { closeSync, openSync } from 'node:fs';
  import { setTimeout as delay } from 'node:timers/promises';
  import { watchDescriptors } from './dist/shared/descriptors.js';
  const print = (line) => console.log(line);
  const stop = watchDescriptors({ error: print, info: print }, 5);
  for (const round of [1, 2]) {
    const files = [];
    try { for (;;) files.push(openSync('/dev/null')); } catch {}
    await delay(500);
    files.forEach(closeSync);
    await delay(500);
  }
  stop();
`;

describe('a process without descriptors', () => {
  it('says so once, and once when it has some again', async () => {
    const node = [process.execPath, '--input-type=module', '--eval', SCRIPT];
    const running = startCommand(['sh', '-c', 'ulimit -n 64 && exec "$@"', 'sh', ...node], {});
    await running.exited;
    const lines = running.output().split('\n');
    expect(lines).to.have.lengthOf(4);
    for (const [at, line] of lines.entries()) {
      expect(line).to.match(at % 2 === 0 ? /^no more files can be opened \(EMFILE\)/ : /again$/);
    }
  });
});
