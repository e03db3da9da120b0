import type { Socket } from 'node:net';
import { createTrust, networkOf } from '../../limits/client-address.js';
import { type ConnectionCall, followCall, UNKNOWN_CALL, type Use } from './connection-call.js';

export interface ConnectionLimits {
  /** Most at once. */
  maxConnections: number;
  /** Most at once from one IPv4 address, or one /64 network of IPv6; 0 is a quarter of `maxConnections`. */
  maxConnectionsPerAddress: number;
  /** Addresses and networks of proxies, separated by commas. They have no limit of their own. */
  trustedProxies: string;
  /** How long one may be without a call before it is ended, in milliseconds. */
  idleTimeoutMs: number;
  /** How long its client may take to close it then, in milliseconds. */
  clientTimeoutMs: number;
}

/** Why the server closed a connection: to make room, for lack of room, or because it had no call for too long. */
export type Closing = 'connections' | 'connections-of-address' | 'idle-connection';

/**
 * The connections of a server. A connection is busy while one of its calls is worked on, or after one of its streams has brought
 * a message lately. Where a new connection is one too many, the server closes
 *
 * 1. a connection that is not busy: of the address that has most of them, the one used longest ago
 * 2. or else one that has only streams, if its address has more connections than that of the new one
 * 3. or else the new connection
 */
export interface Connections {
  admit(socket: Socket): void;
  /**
   * The address of a connection by which it is limited; undefined for a trusted proxy.
   *
   * @param peer the address and port of the other side
   */
  addressOf(peer: string): string | undefined;
  /** @param peer the address and port of the other side */
  callBegan(peer: string): ConnectionCall;
  /** Closes all. */
  cut(): void;
  /** Stops looking for idle ones. */
  stop(): void;
}

interface Connection extends Use {
  readonly socket: Socket;
  /** Its address and port. */
  readonly peer: string;
  /** The address by which it is limited: IPv4, or the /64 network of IPv6. */
  readonly address: string;
  readonly isTrusted: boolean;
}

/** How often the idle ones are looked at. */
const INTERVAL_MS = 1_000;

/** @param onClosing called for each connection that is closed by a limit */
export function createConnections(
  limits: ConnectionLimits,
  onClosing: (why: Closing) => void,
): Connections {
  const { maxConnections, idleTimeoutMs, clientTimeoutMs } = limits;
  const maxPerAddress = limits.maxConnectionsPerAddress || Math.ceil(maxConnections / 4);
  const isTrusted = createTrust(limits.trustedProxies);
  // A new connection may come from the same port as one whose end is not noticed yet.
  const byPeer = new Map<string, Connection>();
  // In the order of their last use, oldest first.
  const connections = new Set<Connection>();
  const countOf = new Map<string, number>();
  const count = ({ address }: Connection) => countOf.get(address) ?? 0;

  const forget = (connection: Connection) => {
    if (!connections.delete(connection)) return;
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
    if (connections.delete(connection)) connections.add(connection);
  };
  /** Of the address that has most connections, the one used longest ago that may be closed. */
  const find = (mayGo: (connection: Connection) => boolean): Connection | undefined => {
    let found: Connection | undefined;
    for (const connection of connections) {
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
    if (connections.size < maxConnections) return true;
    const least = (countOf.get(address) ?? 0) + 1;
    const spare = find(canBeSpared) ?? find((one) => !one.isTrusted && count(one) > least);
    return makeRoom('connections', spare);
  };

  // grpc-js ends idle connections itself. This closes those whose clients do not close their side then.
  const timer = setInterval(() => {
    const oldest = performance.now() - idleTimeoutMs - clientTimeoutMs;
    for (const connection of connections) {
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
        socket,
        peer,
        address,
        isTrusted: trusted,
        calls: 0,
        working: 0,
        idleSinceMs: performance.now(),
        heardMs: Number.NEGATIVE_INFINITY,
      };
      connections.add(connection);
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
      for (const { socket } of connections) socket.destroy();
    },
    stop: () => clearInterval(timer),
  };
}
