import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Processes of a benchmark; all are ended when it ends, however it ends. */
export interface Processes {
  /** Starts a program and waits until it listens on a port of this machine. */
  start(command: string[], port: number, env?: Record<string, string>): Promise<ChildProcess>;
  stop(): Promise<void>;
}

export function createProcesses(): Processes {
  const children: ChildProcess[] = [];
  process.once('exit', () => {
    for (const child of children) child.kill('SIGKILL');
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  return {
    async start([program = '', ...parameters], port, env = {}) {
      const child = spawn(program, parameters, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, ...env },
      });
      children.push(child);
      await listening(port, child, program);
      return child;
    },
    async stop() {
      await Promise.all(children.reverse().map(end));
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function listening(port: number, child: ChildProcess, program: string): Promise<void> {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; ) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await delay(50);
  }
  throw new Error(`${program} does not listen on ${port}`);
}

/** Resident memory of a process in MiB; Linux only. */
export function residentMiB({ pid }: ChildProcess): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1_024;
}
