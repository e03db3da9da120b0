import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { LOCAL } from './host.js';
import { waitingFor } from './waiting.js';

/** A service as it runs in production: its own process, made of dist/. */
export interface Running {
  child: ChildProcess;
  /** What it has printed, on stdout and stderr together. */
  output(): string;
  /** Resolves to the match once a line of the output has it; rejects when the process ends first. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when the process has ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Ends the process, if it has not ended, and waits for it. */
  kill(): Promise<void>;
}

/** Starts `node` with a script of dist/ and more environment, on this machine unless a host is given. */
export function startNode(script: string, env: Record<string, string>, host = LOCAL): Running {
  return startCommand([...host.prefix, process.execPath, script], env);
}

/** Starts any command, in a folder. */
export function startCommand(
  [program = '', ...parameters]: string[],
  env: Record<string, string>,
  cwd = process.cwd(),
): Running {
  const child = spawn(program, parameters, { cwd, env: { ...process.env, ...env } });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  }
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const output = () => lines.join('\n');
  return {
    child,
    output,
    printed(pattern) {
      const match = new Promise<RegExpExecArray>((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(output());
          if (found === null) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void exited.then(() => reject(new Error(`ended without ${pattern}:\n${output()}`)));
      });
      return waitingFor(`${program} to print ${pattern}`, match);
    },
    get exited() {
      return waitingFor(`${[program, ...parameters].join(' ')} to end`, exited);
    },
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}
