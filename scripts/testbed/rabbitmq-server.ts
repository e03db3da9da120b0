import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';

/** A RabbitMQ with a name, ports and a directory of its own. */
export interface RabbitmqServer {
  port: number;
  url: string;
  /** With TLS, where it has certificates. */
  tlsUrl: string;
  /** Sends a signal to all its processes; resolves when they have ended if it is one that ends them. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Sends a signal that does not end it, as SIGSTOP. */
  signal(signal: NodeJS.Signals): void;
  /** Starts it again on its data. */
  start(): Promise<void>;
  /** What its commands need to find it, PATH included. */
  env: NodeJS.ProcessEnv;
  /** Runs a command of rabbitmqctl. */
  control(...command: string[]): Promise<string>;
  close(): Promise<void>;
}

/** Files of a certificate, its key and the authority of clients, PEM. */
interface BrokerCertificate {
  certFile: string;
  keyFile: string;
  caFile: string;
}

// Debian's command on the PATH is for root and one other user only, and starts it for all.
const FOLDERS = ['/usr/lib/rabbitmq/bin', '/usr/local/sbin', '/opt/homebrew/sbin'];

/** The largest message, as it is in what is deployed; its other limits are those of a machine. */
const LIMITS = readFileSync('deploy/rabbitmq/90-hardened.conf', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('max_message_size'));

/**
 * Starts a RabbitMQ that nobody else uses; close ends it and what it has on disk.
 *
 * @param tls its certificate, and the authority of its clients, for a second port
 */
export async function startRabbitmqServer(tls?: BrokerCertificate): Promise<RabbitmqServer> {
  const directory = mkdtempSync(join(tmpdir(), 'rabbitmq-'));
  const [port, tlsPort, distPort, epmdPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const config = join(directory, 'rabbitmq.conf');
  writeFileSync(
    config,
    [`listeners.tcp.1 = 127.0.0.1:${port}`, ...LIMITS, ...tlsLines(tlsPort, tls)].join('\n'),
  );
  writeFileSync(join(directory, 'plugins'), '[].');
  const env = {
    ...process.env,
    PATH: [...FOLDERS, process.env.PATH].join(delimiter),
    // Where the cookie is that its commands show.
    HOME: directory,
    RABBITMQ_NODENAME: `test-${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distPort),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_MNESIA_BASE: join(directory, 'data'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'plugins'),
  };
  let child: ChildProcess;

  const server: RabbitmqServer = {
    port,
    url: `amqp://127.0.0.1:${port}`,
    tlsUrl: `amqps://localhost:${tlsPort}`,
    env,
    async start() {
      child = spawn('rabbitmq-server', { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      await untilStarted(child);
    },
    signal(signal) {
      // A group of its own, as the command starts others.
      process.kill(-(child.pid as number), signal);
    },
    async kill(signal = 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'close');
      server.signal(signal);
      server.signal('SIGCONT');
      await exited;
    },
    async control(...command) {
      return (await promisify(execFile)('rabbitmqctl', command, { env })).stdout;
    },
    async close() {
      await server.kill();
      // The port mapper of Erlang, which stays behind otherwise.
      await promisify(execFile)('epmd', ['-kill'], { env });
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

function tlsLines(port: number, tls: BrokerCertificate | undefined): string[] {
  if (tls === undefined) return [];
  return [
    `listeners.ssl.1 = 127.0.0.1:${port}`,
    `ssl_options.cacertfile = ${tls.caFile}`,
    `ssl_options.certfile = ${tls.certFile}`,
    `ssl_options.keyfile = ${tls.keyFile}`,
    'ssl_options.verify = verify_peer',
    'ssl_options.fail_if_no_peer_cert = true',
  ];
}

function untilStarted(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const look = (text: Buffer) => {
      output += text;
      if (output.includes('Server startup complete')) resolve();
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('close', () => reject(new Error(`RabbitMQ did not start:\n${output}`)));
  });
}
