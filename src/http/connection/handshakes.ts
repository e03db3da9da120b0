import type { Socket } from 'node:net';
import type { Connection } from './connection.js';

/** The connections whose TLS handshake is under way. */
export interface Handshakes {
  begin(connection: Connection): void;
  /** The connection of a TLS socket whose handshake is done; undefined where the client has gone meanwhile. */
  end(socket: Socket): Connection | undefined;
}

/** Matches them by address and port, since a TLS socket is another object than the socket that was accepted. */
export function createHandshakes(): Handshakes {
  const byEnds = new Map<string, Connection>();
  return {
    begin(connection) {
      const ends = endsOf(connection.socket);
      byEnds.set(ends, connection);
      connection.socket.once('close', () => {
        // A new connection from the same port may have begun before this one's close was reported.
        if (byEnds.get(ends) === connection) byEnds.delete(ends);
      });
    },
    end: (socket) => byEnds.get(endsOf(socket)),
  };
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
