import type { Socket } from 'node:net';
import { createTrust, networkOf } from '../../shared/http/client-address.js';

export interface ConnectionLimits {
  /** Most at once. */
  maxConnections: number;
  /** Most from one IPv4 address, or one /64 network of IPv6; 0 is a quarter of all. */
  maxConnectionsPerAddress: number;
  /** Addresses and networks of proxies, which may have as many as there may be in all. */
  trustedProxies: string;
  /** How long one may be without a call until it is ended. */
  idleTimeoutMs: number;
  /** How long its client may take to close it then. */
  clientTimeoutMs: number;
}

/** Why a connection was closed by us: there was no room for it, or it made room, or it was idle for too long. */
export type Closing = 'connections' | 'connections-of-address' | 'idle-connection';

/** The connections of a server. One without a call is idle: it can be spared, hands shaken or not. */
export interface Connections {
  /** Takes a connection. At a limit the one idle for longest makes room, if there is one; if not, the new one is closed. */
  admit(socket: Socket): void;
  /**
   * The address of a connection, as far as limits go; undefined for a trusted proxy.
   *
   * @param peer the address and port of the other side
   */
  addressOf(peer: string): string | undefined;
  /** @param peer the address and port of the other side */
  callBegan(peer: string): void;
  callEnded(peer: string): void;
  /** Closes all. */
  cut(): void;
  /** Looks no more for idle ones. */
  stop(): void;
}

interface Connection {
  readonly socket: Socket;
  /** Its address and port. */
  readonly peer: string;
  /** Its address, as far as limits go. */
  readonly address: string;
  readonly isTrusted: boolean;
  calls: number;
  idleSinceMs: number;
}

/** How often the idle ones are looked at. */
const INTERVAL_MS = 1_000;

/** @param onClosing told of each connection that is closed for a limit */
export function createConnections(
  limits: ConnectionLimits,
  onClosing: (why: Closing) => void,
): Connections {
  const { maxConnections, idleTimeoutMs, clientTimeoutMs } = limits;
  const maxPerAddress = limits.maxConnectionsPerAddress || Math.ceil(maxConnections / 4);
  const isTrusted = createTrust(limits.trustedProxies);
  // A connection may come from the port of one that has gone before that is noticed.
  const byPeer = new Map<string, Connection>();
  const all = new Set<Connection>();
  const countOf = new Map<string, number>();
  // The one that is idle for longest comes first.
  const idle = new Set<Connection>();

  const rest = (connection: Connection) => {
    connection.idleSinceMs = performance.now();
    idle.add(connection);
  };
  const forget = (connection: Connection) => {
    if (!all.delete(connection)) return;
    if (byPeer.get(connection.peer) === connection) byPeer.delete(connection.peer);
    idle.delete(connection);
    const left = (countOf.get(connection.address) ?? 0) - 1;
    if (left > 0) countOf.set(connection.address, left);
    else countOf.delete(connection.address);
  };
  const close = (connection: Connection, why: Closing) => {
    onClosing(why);
    forget(connection);
    connection.socket.destroy();
  };
  /** Makes room for one more if there are as many as there may be, of an address or in all. */
  const makeRoom = (why: Closing, address?: string): boolean => {
    const count = address === undefined ? all.size : (countOf.get(address) ?? 0);
    if (count < (address === undefined ? maxConnections : maxPerAddress)) return true;
    for (const spare of idle) {
      if (address !== undefined && spare.address !== address) continue;
      close(spare, why);
      return true;
    }
    onClosing(why);
    return false;
  };

  // grpc-js ends them before; this is for clients that do not close theirs then.
  const timer = setInterval(() => {
    const oldest = performance.now() - idleTimeoutMs - clientTimeoutMs;
    for (const connection of idle) {
      if (connection.idleSinceMs > oldest) break;
      close(connection, 'idle-connection');
    }
  }, INTERVAL_MS).unref();

  return {
    admit(socket) {
      const { remoteAddress = '' } = socket;
      const address = networkOf(remoteAddress);
      const trusted = remoteAddress !== '' && isTrusted(remoteAddress);
      const mayCome =
        remoteAddress !== '' &&
        (trusted || makeRoom('connections-of-address', address)) &&
        makeRoom('connections');
      if (!mayCome) {
        socket.destroy();
        return;
      }
      const peer = `${remoteAddress}:${socket.remotePort}`;
      const connection: Connection = {
        ...{ socket, peer, address, isTrusted: trusted, calls: 0, idleSinceMs: 0 },
      };
      all.add(connection);
      byPeer.set(peer, connection);
      countOf.set(address, (countOf.get(address) ?? 0) + 1);
      rest(connection);
      socket.once('close', () => forget(connection));
    },
    addressOf(peer) {
      const connection = byPeer.get(peer);
      const isLimited = connection !== undefined && !connection.isTrusted;
      return isLimited ? connection.address : undefined;
    },
    callBegan(peer) {
      const connection = byPeer.get(peer);
      if (connection === undefined) return;
      connection.calls += 1;
      idle.delete(connection);
    },
    callEnded(peer) {
      const connection = byPeer.get(peer);
      if (connection === undefined || connection.calls === 0) return;
      connection.calls -= 1;
      if (connection.calls === 0) rest(connection);
    },
    cut() {
      for (const { socket } of all) socket.destroy();
    },
    stop: () => clearInterval(timer),
  };
}
