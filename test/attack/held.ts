import { once } from 'node:events';
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface HoldOptions {
  /** Sent at once. */
  bytes?: string | Buffer;
  /** Gives what is sent after that, now and then, until there is no more. */
  more?: { next: () => string | Buffer | undefined; everyMs: number };
  /** The address it is from, one of 127.0.0.0/8. */
  from?: string;
}

/** A connection that a client does not let go. */
export interface Held {
  /** What was answered so far. */
  text(): string;
  isOpen(): boolean;
  send(bytes: string | Buffer): void;
  /** Resolves once it is open, or closed already. */
  opened: Promise<void>;
  /** Resolves when the service has closed it. */
  closed: Promise<void>;
  release(): void;
}

/** Opens a connection to a port of this machine, and holds it. */
export function hold(port: number, { bytes, more, from }: HoldOptions = {}): Held {
  const socket = connect({
    port,
    host: '127.0.0.1',
    ...(from !== undefined && { localAddress: from }),
  });
  let text = '';
  let isOpen = true;
  const timer =
    more &&
    setInterval(() => {
      const part = more.next();
      if (part !== undefined) socket.write(part);
    }, more.everyMs);
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isOpen = false;
      clearInterval(timer);
      resolve();
    });
  });
  const opened = new Promise<void>((resolve) => {
    for (const event of ['connect', 'close']) socket.once(event, () => resolve());
  });
  if (bytes !== undefined) socket.write(bytes);
  return {
    text: () => text,
    isOpen: () => isOpen,
    opened,
    send: (part) => socket.write(part),
    closed,
    release: () => socket.destroy(),
  };
}

/**
 * What somebody at an address is answered on a connection of their own.
 *
 * @returns the status and the text; 0 where the connection was closed instead
 */
export function ask(
  base: string,
  path: string,
  from = '127.0.0.1',
): Promise<{ status: number; text: string }> {
  const open = base.startsWith('https:') ? requestTls : request;
  const options = { path, agent: false, localAddress: from, rejectUnauthorized: false };
  return new Promise((resolve) => {
    const client = open(base, options, async (response) => {
      let text = '';
      for await (const part of response) text += part;
      client.destroy();
      resolve({ status: response.statusCode ?? 0, text });
    });
    client.on('error', () => resolve({ status: 0, text: '' }));
    client.end();
  });
}

/** The first bytes of a TLS client. */
export async function clientHello(): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connectTls({ port, host: '127.0.0.1' });
  client.on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [bytes] = await once(socket, 'data');
  socket.destroy();
  server.close();
  return bytes;
}
