import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { waitingFor } from './waiting.js';

/** A connection that sends just the bytes it is given. */
export interface RawConnection {
  socket: Socket;
  send(bytes: string | Buffer): void;
  /** Resolves to the next whole response, head and body; to the head alone when HEAD was asked. */
  receive(method?: string): Promise<string>;
  /** Resolves when the server has ended the connection. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Opens a connection to a port of this machine. */
export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let received = '';
  let look = () => {};
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text;
    look();
  });
  socket.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    socket.once('end', resolve);
    socket.once('close', () => resolve());
  });
  return {
    socket,
    send: (bytes) => socket.write(bytes),
    receive(method = '') {
      const response = new Promise<string>((resolve, reject) => {
        look = () => {
          const length = responseLength(received, method === 'HEAD');
          if (length === undefined || received.length < length) return;
          look = () => {};
          resolve(received.slice(0, length));
          received = received.slice(length);
        };
        void ended.then(() => reject(new Error(`ended after: ${received}`)));
        look();
      });
      return waitingFor('a whole response on a connection', response);
    },
    get ended() {
      return waitingFor('the end of a connection', ended);
    },
    close: () => socket.destroy(),
  };
}

/** How long the response is that a text begins with; undefined until its head is there. */
function responseLength(text: string, headOnly: boolean): number | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  if (headOnly) return head + 4;
  return head + 4 + Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
}

/** The bytes of a request. */
export function rawRequest(
  line: string,
  headers: Record<string, string>,
  body: string | Buffer = '',
): Buffer {
  const length = body.length > 0 ? { 'Content-Length': String(Buffer.byteLength(body)) } : {};
  const fields = Object.entries({ Host: 'localhost', ...length, ...headers });
  const head = `${line} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}
