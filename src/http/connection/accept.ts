import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Connection } from './connection.js';
import type { Connections } from './connections.js';
import { isDraining } from './draining.js';
import type { FastPath } from './fast-path.js';
import { createHandshakes } from './handshakes.js';

/**
 * Applies the connection limits before the server does anything else with a connection, and offers it to the fast path
 * before node:http. A TLS connection is served after its handshake; until then it can only be closed.
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
    // The connection has sent no request yet, so closing it while the server drains loses nothing.
    if (connection === undefined || isDraining(connection.socket)) socket.destroy();
    else serve(connection, socket);
  });
  // node:https would answer over HTTP, but a client cannot read that before the handshake is done.
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
}

/** Removes the listeners of an event, and returns a function that calls them. */
function takeListeners(server: Server, event: string): (socket: Socket) => void {
  const listeners = server.listeners(event) as ((socket: Socket) => void)[];
  server.removeAllListeners(event);
  return (socket) => {
    for (const listener of listeners) listener.call(server, socket);
  };
}
