import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A function of the service that was called. */
export interface Called {
  /** Its file in dist/. */
  url: string;
  name: string;
  /** Where it begins in that file. */
  offset: number;
}

/** A function by its place among those that are watched, and when it was entered first, in nanoseconds. */
type Entered = [index: number, at: string];

/** A service in a process of its own that tells which of its functions run. */
export interface Recorded {
  /** Resolves to what a line of its log has. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** The functions that were called since this was asked last. */
  calledSince(): Promise<Called[]>;
  /** From now on notes when these functions are entered, by the clock of the machine. */
  watch(functions: readonly Called[]): Promise<void>;
  /** The functions that were entered since this was asked last. */
  enteredSince(): Promise<Entered[]>;
  close(): Promise<void>;
}

const RECORDER = new URL('recorder.mjs', import.meta.url).href;

/** @param script the main program in dist/ */
export async function startRecorded(
  script: string,
  env: Record<string, string>,
): Promise<Recorded> {
  const child = fork(script, {
    execArgv: ['--import', RECORDER],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout as Readable });
  output.on('line', (line) => void lines.push(line));
  const ask = async (command: string, value?: unknown) => {
    child.send({ command, value });
    const [answer] = await once(child, 'message');
    return answer.value;
  };
  await ask('start');
  return {
    async printed(pattern) {
      for (;;) {
        const match = pattern.exec(lines.join('\n'));
        if (match !== null) return match;
        await once(output, 'line');
      }
    },
    calledSince: () => ask('calledSince'),
    watch: (functions) => ask('watch', functions),
    enteredSince: () => ask('enteredSince'),
    async close() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
