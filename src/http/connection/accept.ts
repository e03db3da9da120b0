import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Connection } from './connection.js';
import type { Connections } from './connections.js';
import { isDraining } from './draining.js';
import type { FastPath } from './fast-path.js';
import { createHandshakes } from './handshakes.js';

/**
 * Puts the limits of connections before all else that a server does with one, and the fast path before node:http.
 * With TLS a connection is there for HTTP once hands are shaken; until then it may only be cut.
 */
export function acceptConnections(
  server: Server,
  isTls: boolean,
  connections: Connections,
  fastPath: FastPath,
): void {
  const accept = takeListeners(server, 'connection');
  const serveHttp = isTls ? takeListeners(server, 'secureConnection') : accept;
  const serve = (connection: Connection, socket: Socket) => {
    connections.open(connection, socket);
    fastPath(socket, () => serveHttp(socket), connection);
  };
  const handshakes = createHandshakes();

  server.on('connection', (socket: Socket) => {
    const connection = connections.admit(socket);
    if (connection === undefined) return;
    if (!isTls) {
      serve(connection, socket);
      return;
    }
    handshakes.begin(connection);
    accept(socket);
  });
  if (!isTls) return;
  server.on('secureConnection', (socket: Socket) => {
    const connection = handshakes.end(socket);
    // Nobody has heard from it yet, so nothing is lost when the server closes.
    if (connection === undefined || isDraining(connection.socket)) socket.destroy();
    else serve(connection, socket);
  });
  // node:https would have it answered over HTTP, which nobody can be told before hands are shaken.
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
}

/** Takes away what listens to an event; the result calls it. */
function takeListeners(server: Server, event: string): (socket: Socket) => void {
  const listeners = server.listeners(event) as ((socket: Socket) => void)[];
  server.removeAllListeners(event);
  return (socket) => {
    for (const listener of listeners) listener.call(server, socket);
  };
}
