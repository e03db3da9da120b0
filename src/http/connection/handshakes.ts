import type { Socket } from 'node:net';
import type { Connection } from './connection.js';

/** The connections whose TLS handshake is under way. */
export interface Handshakes {
  begin(connection: Connection): void;
  /** The connection of a TLS socket whose handshake is done; undefined if the client has gone meanwhile. */
  end(socket: Socket): Connection | undefined;
}

/**
 * Matches TLS sockets and connections by address and port, because a TLS socket is another object than the accepted socket.
 */
export function createHandshakes(): Handshakes {
  const byEnds = new Map<string, Connection>();
  return {
    begin(connection) {
      const ends = endsOf(connection.socket);
      byEnds.set(ends, connection);
      connection.socket.once('close', () => {
        // A new connection from the same port may have begun before the close of this one was reported.
        if (byEnds.get(ends) === connection) byEnds.delete(ends);
      });
    },
    end: (socket) => byEnds.get(endsOf(socket)),
  };
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
