import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { connect as connectTcp } from 'node:net';

/** A connection that gRPC calls are made on byte by byte. */
export interface Http2Calls {
  session: ClientHttp2Session;
  /** Resolves when the connection is closed. */
  closed: Promise<void>;
  /** Opens a call; it goes on until it is ended. */
  open(path: string, headers?: Record<string, string>): Http2Call;
  close(): void;
}

export interface Http2Call {
  stream: ClientHttp2Stream;
  /** Resolves once the call is over to its status, or to `reset` and the code of HTTP/2. */
  status: Promise<string>;
}

/**
 * Connects to a port of this machine.
 *
 * @param from the address it is from, one of 127.0.0.0/8
 */
export async function openHttp2(port: number, from = '127.0.0.1'): Promise<Http2Calls> {
  const session = connect(`http://127.0.0.1:${port}`, {
    maxSessionMemory: 2_000,
    createConnection: () => connectTcp({ port, host: '127.0.0.1', localAddress: from }),
  });
  session.on('error', () => {});
  const closed = new Promise<void>((resolve) => session.once('close', resolve));
  await Promise.race([once(session, 'remoteSettings'), closed]);
  return {
    session,
    closed,
    open(path, headers = {}) {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      });
      stream.on('error', () => {});
      const status = new Promise<string>((resolve) => {
        const take = (fields: object) => {
          if ('grpc-status' in fields) resolve(String(fields['grpc-status']));
        };
        stream.on('response', take);
        stream.on('trailers', take);
        stream.on('close', () => resolve(`reset ${stream.rstCode}`));
      });
      return { stream, status };
    },
    close: () => session.destroy(),
  };
}

/** A message with the prefix that says how long it is. */
export function framed(
  message: Uint8Array,
  { length = message.length, compressed = false } = {},
): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed ? 1 : 0;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}
