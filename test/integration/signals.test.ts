import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { send } from '../support/http.js';
import { type Running, startNode } from '../support/process.js';

describe('Signals', () => {
  let directory: string;
  let uss: Running;
  let base: string;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'diagnostics-'));
    uss = startNode('dist/uss/main.js', {
      USS_HTTP_PORT: '0',
      USS_ES_ADDRESS: 'ipv4:127.0.0.1:1',
      USS_DIAGNOSTICS_DIR: directory,
    });
    base = `http://127.0.0.1:${(await uss.printed(/REST on [^"]*?:(\d+)/))[1]}`;
  });
  after(async () => {
    await uss.kill();
    rmSync(directory, { recursive: true });
  });

  it('turn the log level to debug, and back', async () => {
    uss.child.kill('SIGUSR2');
    await uss.printed(/the log level is now debug/);
    await send(base, '/segment', { body: {}, headers: { 'x-request-id': 'seen' } });
    await uss.printed(/"requestId":"seen".*request refused/);
    uss.child.kill('SIGUSR2');
    await uss.printed(/the log level is now info/);
    await send(base, '/segment', { body: {}, headers: { 'x-request-id': 'unseen' } });
    expect(uss.output()).not.to.contain('unseen');
  });

  it('have a heap snapshot and a CPU profile written, for nobody else', async () => {
    uss.child.kill('SIGUSR1');
    await uss.printed(/wrote .*\.cpuprofile/);
    const files = readdirSync(directory);
    expect(files.map((file) => file.split('.').at(-1))).to.have.members([
      'heapsnapshot',
      'cpuprofile',
    ]);
    for (const file of files) {
      const { mode, size } = statSync(join(directory, file));
      expect(mode & 0o777).to.equal(0o600);
      expect(size).to.be.above(1_000);
    }
  });

  it('say where nothing is configured for them', async () => {
    const other = startNode('dist/uss/main.js', {
      USS_HTTP_PORT: '0',
      USS_ES_ADDRESS: 'ipv4:127.0.0.1:1',
    });
    await other.printed(/REST on/);
    other.child.kill('SIGUSR1');
    await other.printed(/SIGUSR1: no diagnosticsDirectory is configured/);
    await other.kill();
  });
});
