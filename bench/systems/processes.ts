import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A directory for this run, gone when it ends. */
export const scratch = mkdtempSync(join(tmpdir(), 'bench-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** Processes of a benchmark; all are ended when it ends, however it ends. */
export interface Processes {
  /**
   * Starts a program and waits until it listens on a port of this machine.
   *
   * @param takesOrders whether it is sent messages, see profiler.mjs
   */
  start(
    command: string[],
    port: number,
    env?: Record<string, string>,
    takesOrders?: boolean,
  ): Promise<ChildProcess>;
  stop(): Promise<void>;
}

export function createProcesses(): Processes {
  const children: ChildProcess[] = [];
  process.once('exit', () => {
    for (const child of children) child.kill('SIGKILL');
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  return {
    async start([program = '', ...parameters], port, env = {}, takesOrders = false) {
      const child = spawn(program, parameters, {
        stdio: ['ignore', 'ignore', 'inherit', ...(takesOrders ? ['ipc' as const] : [])],
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

/** Clock ticks in a second, which is what Linux tells CPU time in. */
const TICKS = 100;

/** CPU time in seconds that a process has had with all its threads; Linux only. */
export function cpuSeconds({ pid }: ChildProcess): number {
  const [user, system] = statFields(String(pid), 11);
  return (user + system) / TICKS;
}

/** CPU time in seconds that this process has had, with all that it started and that has ended; Linux only. */
export function ownCpuSeconds(): number {
  const [user, system] = statFields('self', 11);
  const [endedUser, endedSystem] = statFields('self', 13);
  return (user + system + endedUser + endedSystem) / TICKS;
}

/** Two fields of proc(5)'s stat, from one on; counted from behind the name, which may have spaces. */
function statFields(pid: string, from: number): [number, number] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [Number(fields[from]), Number(fields[from + 1])];
}
