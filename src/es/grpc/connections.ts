import type { Socket } from 'node:net';
import { createTrust, networkOf } from '../../limits/client-address.js';
import { type ConnectionCall, FollowedCall, UNKNOWN_CALL, type Use } from './connection-call.js';

export interface ConnectionLimits {
  /** Maximum of open connections. */
  maxConnections: number;
  /**
   * Maximum of open connections from one IPv4 address, or one /64 network of IPv6; 0 means a quarter of `maxConnections`.
   */
  maxConnectionsPerAddress: number;
  /** Addresses and networks of proxies, separated by commas. They have no limit of their own. */
  trustedProxies: string;
  /** How long a connection may be without a call before the server ends it, in milliseconds. */
  idleTimeoutMs: number;
  /** How long the client may then take to close it, in milliseconds. */
  clientTimeoutMs: number;
}

/** Why the server closed a connection: too many connections, too many of one address, or no call for too long. */
export type Closing = 'connections' | 'connections-of-address' | 'idle-connection';

/**
 * The connections of a server. A connection is busy while ES works on one of its calls, or if a message has arrived on one
 * of its streams lately. If a new connection exceeds a limit, the server closes
 *
 * 1. a connection that is not busy: of the address with most connections, the one used longest ago
 * 2. or else a connection that has only streams, if its address has more connections than the address of the new one
 * 3. or else the new connection
 */
export interface Connections {
  admit(socket: Socket): void;
  /**
   * The address that a connection counts for; undefined for a trusted proxy, which has no limit.
   *
   * @param peer the address and port of the other side
   */
  addressOf(peer: string): string | undefined;
  /** @param peer the address and port of the other side */
  callBegan(peer: string): ConnectionCall;
  /** Closes all connections. */
  cut(): void;
  /** Stops looking for idle connections. */
  stop(): void;
}

interface Connection extends Use {
  readonly socket: Socket;
  /** Its address and port. */
  readonly peer: string;
  /** The address that it counts for: IPv4, or the /64 network of IPv6. */
  readonly address: string;
  readonly isTrusted: boolean;
}

/** How often the server looks for idle connections. */
const INTERVAL_MS = 1_000;

/** @param onClosing called for each connection that the server closes because of a limit */
export function createConnections(
  limits: ConnectionLimits,
  onClosing: (why: Closing) => void,
): Connections {
  const { maxConnections, idleTimeoutMs, clientTimeoutMs } = limits;
  const maxPerAddress = limits.maxConnectionsPerAddress || Math.ceil(maxConnections / 4);
  const isTrusted = createTrust(limits.trustedProxies);
  // A new connection may come from the same port as an old one whose end the server has not noticed yet.
  const byPeer = new Map<string, Connection>();
  // In the order of their last use, oldest first.
  const connections = new Set<Connection>();
  // The last of these, so that calls on one connection do not move it again and again.
  let lastUsed: Connection | undefined;
  const countOf = new Map<string, number>();
  const count = ({ address }: Connection) => countOf.get(address) ?? 0;

  const forget = (connection: Connection) => {
    if (!connections.delete(connection)) return;
    if (lastUsed === connection) lastUsed = undefined;
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
    if (connection === lastUsed || !connections.delete(connection)) return;
    connections.add(connection);
    lastUsed = connection;
  };
  /** Finds the connection to close: of the address with most connections, the closable one that was used longest ago. */
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

  // grpc-js ends idle connections itself. The timer closes those whose clients then do not close their side.
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
      lastUsed = connection;
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
      return connection === undefined ? UNKNOWN_CALL : new FollowedCall(connection, wasUsed);
    },
    cut() {
      for (const { socket } of connections) socket.destroy();
    },
    stop: () => clearInterval(timer),
  };
}
