import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Running, startNode } from '../support/process.js';
import { until } from '../support/until.js';

const GOOD = 'workers: 2\nhttp:\n  port: 0\n';
const BAD = 'no: configuration\n';

describe('a worker that dies while none can be started', function () {
  this.timeout(120_000);
  let directory: string;
  let file: string;
  let service: Running;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'workers-'));
    file = join(directory, 'uss.yaml');
    writeFileSync(file, GOOD);
    service = startNode('dist/uss/main.js', { USS_CONFIG: file });
    await service.printed(/2 workers serve/);
  });
  afterEach(async () => {
    await service.kill();
    rmSync(directory, { recursive: true });
  });

  const pids = () =>
    [...service.output().matchAll(/"pid":(\d+)[^\n]*"msg":"REST on/g)].map(([, pid]) =>
      Number(pid),
    );
  const failures = (times: number) =>
    service.printed(new RegExp(`(could not be replaced, trying again[\\s\\S]*){${times}}`));

  for (const dead of [1, 2]) {
    it(`is replaced once one can be started again (${dead} of 2)`, async () => {
      writeFileSync(file, BAD);
      for (const pid of pids().slice(0, dead)) process.kill(pid, 'SIGKILL');
      await failures(dead);
      writeFileSync(file, GOOD);
      await service.printed(new RegExp(`(REST on[\\s\\S]*){${2 + dead}}`));
      service.child.kill('SIGTERM');
      expect(await service.exited).to.deep.equal({ code: 0, signal: null });
    });
  }

  it('ends the service with 1 once it was the last', async () => {
    writeFileSync(file, BAD);
    for (const pid of pids()) process.kill(pid, 'SIGKILL');
    expect(await service.exited).to.deep.equal({ code: 1, signal: null });
    expect(service.output()).to.match(/"level":60,.*no worker is left, and none can be started/);
  });

  it('does not keep the service from being stopped', async () => {
    writeFileSync(file, BAD);
    process.kill(pids()[0] as number, 'SIGKILL');
    await failures(1);
    service.child.kill('SIGTERM');
    expect(await service.exited).to.deep.equal({ code: 0, signal: null });
  });

  it('is stopped with the others while it starts', async () => {
    process.kill(pids()[0] as number, 'SIGKILL');
    await service.printed(/died \(SIGKILL\), starting another/);
    const { child } = service;
    await until(async () => childrenOf(child.pid as number).some((pid) => !pids().includes(pid)));
    child.kill('SIGTERM');
    expect(await service.exited).to.deep.equal({ code: 0, signal: null });
  });
});

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
