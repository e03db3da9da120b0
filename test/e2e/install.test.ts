import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startCommand } from '../support/process.js';

/** Note how they are called. */
const PROGRAMS = {
  'apt-get': '#!/bin/sh\necho "$@" >>"$CALLS"\n',
  sudo: '#!/bin/sh\nshift\n[ "$1" = true ] || exec "$@"\n',
  sleep: '#!/bin/sh\nexec /bin/sleep "$@"\n',
};

describe('A package of the system', () => {
  let directory: string;
  let calls: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'install-'));
    calls = join(directory, 'calls');
    for (const [name, text] of Object.entries(PROGRAMS)) {
      writeFileSync(join(directory, name), text, { mode: 0o755 });
    }
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** Has a program installed where there is none but `apt-get`. */
  function install(program: string, inTerminal: boolean) {
    const script = `import('./scripts/programs.mjs').then((one) => one.offerProgram('${program}'))`;
    const command = [process.execPath, '-e', script];
    const env = { PATH: directory, CALLS: calls };
    if (!inTerminal) return startCommand(command, env);
    const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    return startCommand(['/usr/bin/script', '-qefc', line, '/dev/null'], {
      ...env,
      SHELL: '/bin/sh',
    });
  }

  for (const [program, packages, instead] of [
    ['redis-server', 'redis-server', 'install it yourself, or set ES_REDIS_URL'],
    ['redis-check-aof', 'redis-tools', 'install it yourself\\)'],
    ['webdis', 'webdis', 'install it yourself\\)'],
  ] as const) {
    it(`is named before it is installed, and how to do without: ${program}`, async () => {
      const command = install(program, false);
      expect((await command.exited).code).to.equal(0);
      expect(command.output()).to.match(
        new RegExp(
          `^set-up: ${program} is missing; installing ${packages} with apt-get \\(to do without: ${instead}`,
        ),
      );
      expect(command.output()).not.to.contain('Ctrl-C');
      expect(readFileSync(calls, 'utf8')).to.match(
        new RegExp(`^update .*\\ninstall .* ${packages}\\n$`),
      );
    });
  }

  it('is not installed where Ctrl-C stops that in a terminal', async () => {
    const command = install('redis-server', true);
    await command.printed(/Ctrl-C within 5 seconds stops it/);
    command.child.stdin?.write('\u0003');
    await command.exited;
    expect(existsSync(calls)).to.equal(false);
  });
});
