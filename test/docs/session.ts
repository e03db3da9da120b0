import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startRabbitmqServer } from '../../scripts/testbed/rabbitmq-server.js';
import { makeClone } from '../support/clone.js';
import type { Running } from '../support/process.js';
import { timeLimit } from '../support/time-limit.js';
import { type DocumentedCommand, isAsStated } from './commands.js';
import { type Way, wayOf } from './ways.js';

interface Outcome {
  way: Way;
  /** What is not as the document says; undefined for nothing. */
  fault: string | undefined;
  /** Why it was not just run; empty where it was. */
  note: string;
}

/** What somebody has who follows the documents: a clone in which `npm start` runs, and a RabbitMQ. */
export interface Session {
  try(command: DocumentedCommand): Promise<Outcome>;
  close(): Promise<void>;
}

/** Where no ports are named, `npm start` takes those of the documents. */
const DOCUMENTED_PORTS = { ES_HTTP_PORT: '', ES_GRPC_PORT: '', USS_HTTP_PORT: '' };

const READY = /^ *Ready\./m;

/** How long all may take to be ready, in milliseconds; in the document that is at once. */
const MAX_WAIT_MS = 60_000;

export async function startSession(): Promise<Session> {
  const clone = makeClone();
  const home = mkdtempSync(join(tmpdir(), 'docs-home-'));
  // curl says nothing of its progress, and fails where the answer is a failure.
  writeFileSync(join(home, '.curlrc'), 'silent\nshow-error\nfail-with-body\nmax-time = 60\n');
  const rabbitmq = await startRabbitmqServer();
  const path = [process.env.GRPCURL_DIRECTORY, rabbitmq.env.PATH].filter(Boolean);
  const env: NodeJS.ProcessEnv = {
    ...rabbitmq.env,
    CURL_HOME: home,
    PATH: path.join(delimiter),
    ES_RABBITMQ_URL: rabbitmq.url,
  };
  let service: Running;
  const start = async () => {
    service = clone.start(DOCUMENTED_PORTS);
    const late = delay(timeLimit(MAX_WAIT_MS), undefined, { ref: false }).then(() => {
      throw new Error(`npm start is not ready:\n${service.output()}`);
    });
    await Promise.race([service.printed(READY), late]);
  };
  await start();

  const run = (text: string) =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      const child = spawn('sh', ['-c', text], { cwd: clone.directory, env });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (part) => {
        stdout += part;
      });
      child.stderr.on('data', (part) => {
        stderr += part;
      });
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });

  const runs = async ({ text, output }: DocumentedCommand): Promise<string | undefined> => {
    const { code, stdout, stderr } = await run(text);
    if (code !== 0) return `ended with ${code}: ${stdout}${stderr}`;
    if (output.length === 0 || isAsStated(output, stdout)) return undefined;
    return `printed ${stdout.trim()}\nand not ${output.join('\n')}`;
  };

  const ways: Record<Way, (command: DocumentedCommand) => Promise<string | undefined>> = {
    run: runs,
    none: async () => undefined,
    help: async ({ text }) => {
      const [, script = ''] = /^npm run ([\w-]+)/.exec(text) ?? [];
      const { code, stdout, stderr } = await run(`npm run --silent ${script} -- --help`);
      if (code !== 0) return `npm run ${script} -- --help ended with ${code}: ${stdout}${stderr}`;
      return stdout.startsWith('Usage:') ? undefined : `its help is ${stdout}`;
    },
    settings: ({ text, ...rest }) => runs({ ...rest, text: `${text} ${LOAD}` }),
    key: async (command) => {
      const { code, stdout, stderr } = await run(command.text);
      if (code !== 0) return `ended with ${code}: ${stdout}${stderr}`;
      const [key, line] = keyOf(stdout);
      env.KEY = key;
      for (const service of ['uss', 'es']) {
        const yaml = `auth:\n  mode: api-key\n  apiKeys:\n${line}\n`;
        writeFileSync(join(clone.directory, `config/${service}.yaml`), yaml);
      }
      service.child.kill('SIGINT');
      await service.exited;
      await start();
      return undefined;
    },
  };

  return {
    async try(command) {
      const [way, note] = wayOf(command.text);
      const fault = await ways[way](command).catch((error: Error) => error.message);
      return { way, note, fault };
    },
    async close() {
      await clone.killAll();
      await rabbitmq.close();
      clone.remove();
      rmSync(home, { recursive: true });
    },
  };
}

/** Has both services read their configuration, and do nothing else. */
const LOAD = `${process.execPath} --input-type=module -e '
import { loadEsConfig } from "./dist/es/config.js";
import { loadUssConfig } from "./dist/uss/config.js";
loadEsConfig();
loadUssConfig();'`;

/** The key that was printed, and the line for the configuration. */
function keyOf(printed: string): [key: string, line: string] {
  const key = /^ +(seg_\S+)$/m.exec(printed)?.[1];
  const line = /^ +- \{ name: .*\}$/m.exec(printed)?.[0];
  if (key === undefined || line === undefined) throw new Error(`no key, or no line: ${printed}`);
  return [key, line];
}
