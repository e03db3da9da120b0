import { type Host, LOCAL } from '../support/host.js';
import { type Running, startNode } from '../support/process.js';
import type { RedisServer } from '../support/redis-server.js';

/** A process that faults happen to. */
export interface Part {
  name: string;
  host: Host;
  start(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Ends it as a deployment would; rejects when it does not end well. */
  stop(): Promise<void>;
  /** Stops its time (SIGSTOP), as a long pause of the machine would. */
  pause(): void;
  resume(): void;
  /** What it has said last; nothing of a server that keeps data. */
  lastWords(): string;
}

/** A service, built, as a process of its own. */
export function createServicePart(
  name: string,
  script: string,
  env: Record<string, string>,
  host = LOCAL,
): Part {
  let running: Running;
  return {
    name,
    host,
    async start() {
      running = startNode(script, env, host);
      await running.printed(/REST on/);
    },
    async kill() {
      // A process that is paused takes a SIGKILL all the same.
      await running.kill();
    },
    async stop() {
      running.child.kill('SIGTERM');
      const { code } = await running.exited;
      if (code !== 0) throw new Error(`${name} ended with ${code}:\n${running.output()}`);
    },
    pause: () => running.child.kill('SIGSTOP'),
    resume: () => running.child.kill('SIGCONT'),
    lastWords: () => running.output().split('\n').slice(-20).join('\n'),
  };
}

/** A server that keeps data, of any role. */
export function createServerPart(
  name: string,
  server: Pick<RedisServer, 'start' | 'kill' | 'signal'> & { host?: Host },
): Part {
  return {
    name,
    host: server.host ?? LOCAL,
    start: () => server.start(),
    kill: () => server.kill(),
    stop: () => server.kill('SIGTERM'),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    lastWords: () => '',
  };
}
