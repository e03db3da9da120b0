import type { Socket } from 'node:net';
import type { Connection } from './connection.js';

/** Connections whose hands are being shaken. */
export interface Handshakes {
  begin(connection: Connection): void;
  /** The connection that has become a TLS socket; undefined where it has gone meanwhile. */
  end(socket: Socket): Connection | undefined;
}

/** A TLS socket is another object than the one that was accepted; its two ends are the same. */
export function createHandshakes(): Handshakes {
  const byEnds = new Map<string, Connection>();
  return {
    begin(connection) {
      const ends = endsOf(connection.socket);
      byEnds.set(ends, connection);
      connection.socket.once('close', () => {
        // The next one from the same port may have come before this.
        if (byEnds.get(ends) === connection) byEnds.delete(ends);
      });
    },
    end: (socket) => byEnds.get(endsOf(socket)),
  };
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
