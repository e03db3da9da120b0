import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Release, StartError } from '../lifecycle.js';

export interface ListenOptions {
  /** Interface to listen on. */
  host: string;
  /** Port; 0 takes a free one. */
  port: number;
  /** The environment variable that sets the port, named when the port is taken. */
  portVariable: string;
}

export interface Listening {
  /** The port that was bound. */
  port: number;
  close: Release;
}

/**
 * Serves HTTP until closed. Closing accepts nothing more, lets what is in flight finish, and cuts what
 * is left when the limit is reached.
 *
 * @throws StartError when the port cannot be had
 */
export async function listenHttp(
  listener: RequestListener,
  { host, port, portVariable }: ListenOptions,
): Promise<Listening> {
  const server = createServer((request, response) => {
    if (!server.listening) endConnectionAfter(response);
    inFlight.add(response);
    response.once('close', () => inFlight.delete(response));
    listener(request, response);
  });
  const inFlight = new Set<ServerResponse>();
  // A bulk upload may take hours; what bounds it is silence, not its length.
  server.requestTimeout = 0;
  server.headersTimeout = 10_000;
  server.timeout = 60_000;

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port, portVariable)));
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: (limit) =>
      new Promise((resolve, reject) => {
        limit.addEventListener('abort', () => server.closeAllConnections());
        if (limit.aborted) server.closeAllConnections();
        server.close((error) => (error ? reject(error) : resolve()));
        for (const response of inFlight) endConnectionAfter(response);
      }),
  };
}

/** The one line for an address that cannot be listened on. */
export function listenError(
  error: unknown,
  host: string,
  port: number,
  portVariable: string,
): StartError {
  const reason = String(error);
  const hint = reason.includes('EADDRINUSE')
    ? `port ${port} on ${host} is taken; set ${portVariable} to a free one`
    : `cannot listen on ${host} port ${port} (${portVariable}): ${reason}`;
  return new StartError(hint, { cause: error });
}

// A keep-alive client would otherwise hold the closing server open until its idle timeout.
function endConnectionAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
  else response.once('finish', () => response.req.socket.end());
}
