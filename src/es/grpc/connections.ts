import type { Socket } from 'node:net';
import { createTrust, networkOf } from '../../limits/client-address.js';
import { type ConnectionCall, followCall, UNKNOWN_CALL, type Use } from './connection-call.js';

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

/** Why a connection was closed by us: there was no room for it, or it made room, or it was without a call for too long. */
export type Closing = 'connections' | 'connections-of-address' | 'idle-connection';

/**
 * The connections of a server. One is busy while a call of it is worked on, or once a stream of it has brought a message
 * lately; any other can be spared, whatever calls were begun on it. For one more than there may be, one that can be spared is
 * closed, of the address that has most the one used longest ago; if there is none, one of a stream, if its address has more than
 * that of the new one; if not, the new one.
 */
export interface Connections {
  admit(socket: Socket): void;
  /**
   * The address of a connection, as far as limits go; undefined for a trusted proxy.
   *
   * @param peer the address and port of the other side
   */
  addressOf(peer: string): string | undefined;
  /** @param peer the address and port of the other side */
  callBegan(peer: string): ConnectionCall;
  /** Closes all. */
  cut(): void;
  /** Looks no more for idle ones. */
  stop(): void;
}

interface Connection extends Use {
  readonly socket: Socket;
  /** Its address and port. */
  readonly peer: string;
  /** Its address, as far as limits go. */
  readonly address: string;
  readonly isTrusted: boolean;
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
  // The one that was used longest ago comes first.
  const all = new Set<Connection>();
  const countOf = new Map<string, number>();
  const count = ({ address }: Connection) => countOf.get(address) ?? 0;

  const forget = (connection: Connection) => {
    if (!all.delete(connection)) return;
    if (byPeer.get(connection.peer) === connection) byPeer.delete(connection.peer);
    const left = count(connection);
    if (left > 1) countOf.set(connection.address, left - 1);
    else countOf.delete(connection.address);
  };
  const close = (connection: Connection, why: Closing) => {
    onClosing(why);
    forget(connection);
    connection.socket.destroy();
  };
  const wasUsed = (connection: Connection) => {
    if (all.delete(connection)) all.add(connection);
  };
  /** Of those that may go, the one used longest ago of the address that has most. */
  const find = (mayGo: (connection: Connection) => boolean): Connection | undefined => {
    let found: Connection | undefined;
    for (const connection of all) {
      if (connection.working > 0 || !mayGo(connection)) continue;
      if (found === undefined || count(connection) > count(found)) found = connection;
    }
    return found;
  };
  const canBeSpared = ({ heardMs }: Connection) => performance.now() - heardMs >= clientTimeoutMs;
  const makeRoom = (why: Closing, spare: Connection | undefined): boolean => {
    if (spare === undefined) onClosing(why);
    else close(spare, why);
    return spare !== undefined;
  };
  const makeRoomOf = (address: string): boolean =>
    (countOf.get(address) ?? 0) < maxPerAddress ||
    makeRoom(
      'connections-of-address',
      find((one) => one.address === address && canBeSpared(one)),
    );
  const makeRoomFor = (address: string): boolean => {
    if (all.size < maxConnections) return true;
    const least = (countOf.get(address) ?? 0) + 1;
    const spare = find(canBeSpared) ?? find((one) => !one.isTrusted && count(one) > least);
    return makeRoom('connections', spare);
  };

  // grpc-js ends them before; this is for clients that do not close theirs then.
  const timer = setInterval(() => {
    const oldest = performance.now() - idleTimeoutMs - clientTimeoutMs;
    for (const connection of all) {
      if (connection.calls > 0 || connection.idleSinceMs > oldest) continue;
      close(connection, 'idle-connection');
    }
  }, INTERVAL_MS).unref();

  return {
    admit(socket) {
      const { remoteAddress = '' } = socket;
      const address = networkOf(remoteAddress);
      const trusted = remoteAddress !== '' && isTrusted(remoteAddress);
      const mayCome =
        remoteAddress !== '' && (trusted || makeRoomOf(address)) && makeRoomFor(address);
      if (!mayCome) {
        socket.destroy();
        return;
      }
      const peer = `${remoteAddress}:${socket.remotePort}`;
      const connection: Connection = {
        ...{ socket, peer, address, isTrusted: trusted, calls: 0, working: 0 },
        ...{ idleSinceMs: performance.now(), heardMs: Number.NEGATIVE_INFINITY },
      };
      all.add(connection);
      byPeer.set(peer, connection);
      countOf.set(address, (countOf.get(address) ?? 0) + 1);
      socket.once('close', () => forget(connection));
    },
    addressOf(peer) {
      const connection = byPeer.get(peer);
      const isLimited = connection !== undefined && !connection.isTrusted;
      return isLimited ? connection.address : undefined;
    },
    callBegan(peer) {
      const connection = byPeer.get(peer);
      return connection === undefined
        ? UNKNOWN_CALL
        : followCall(connection, () => wasUsed(connection));
    },
    cut() {
      for (const { socket } of all) socket.destroy();
    },
    stop: () => clearInterval(timer),
  };
}
