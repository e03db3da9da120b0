import type { Socket } from 'node:net';
import { networkOf } from '../../limits/client-address.js';
import {
  type Connection,
  createConnection,
  OVERDUE,
  type PaceLimits,
  passTime,
} from './connection.js';
import { type ConnectionPool, createConnectionPool } from './connection-pool.js';
import { endOverdue } from './overdue.js';
import { limitUntaken } from './untaken-answers.js';

/** The number of connections, and how long each may take. */
export interface ConnectionLimits extends PaceLimits {
  maxConnections: number;
  /** Maximum for one IPv4 address, or one /64 network of IPv6; 0 means a quarter of all. */
  maxConnectionsPerAddress: number;
}

/**
 * Why we closed a connection: there were too many in total or from its address, it made room for another one, it took too
 * long, or clients left too many bytes of answers unread and this connection most of all.
 */
export type Closing = (typeof CLOSINGS)[number];

export const CLOSINGS = [
  'too-many',
  'made-room',
  'too-many-of-address',
  'made-room-of-address',
  'untaken',
  ...OVERDUE,
] as const;

export interface ConnectionsOptions {
  limits: ConnectionLimits;
  /** Whether an address belongs to a trusted proxy, which has no limit of its own. */
  isTrusted: (address: string) => boolean;
  /** Called for each connection before it is closed because of a limit. */
  onClosing: (why: Closing, address: string) => void;
}

/** The connections of a server. */
export interface Connections extends Iterable<Connection> {
  /**
   * Admits a connection that was just accepted. At a limit, the best connection to close makes room for it.
   *
   * @returns undefined if there is no room; the new connection was then closed
   */
  admit(socket: Socket): Connection | undefined;
  /** Marks a connection as ready for HTTP, after any TLS handshake. */
  open(connection: Connection, socket: Socket): void;
  /** The open connection of a socket. */
  of(socket: Socket): Connection | undefined;
  /** Stops looking for overdue connections. */
  stop(): void;
}

/** Admits connections, and looks for overdue ones at regular intervals, until stopped. */
export function watchConnections(options: ConnectionsOptions): Connections {
  const { limits, onClosing, isTrusted } = options;
  const connections = createConnectionPool(limits.maxConnections, limits);
  const bySocket = new WeakMap<Socket, Connection>();
  const intervalMs = lookInterval(limits);
  let looks = 0;
  // Time is counted in looks, not by the clock, so that a delay of our own event loop does not count against clients.
  const timer = setInterval(() => {
    looks += 1;
    for (const connection of connections.members) {
      const why = passTime(connection, intervalMs, limits);
      if (why === undefined) continue;
      onClosing(why, connection.address);
      endOverdue(connection, why);
    }
  }, intervalMs).unref();

  return {
    admit: createAdmission(options, connections, () => looks),
    open(connection, socket) {
      connection.socket = socket;
      connection.phase = 'idle';
      connection.phaseMs = 0;
      bySocket.set(socket, connection);
      // Each connection of a trusted proxy counts as a separate client, because it may carry requests of any client.
      const { remoteAddress = '', remotePort } = socket;
      const client = isTrusted(remoteAddress)
        ? `${remoteAddress}:${remotePort}`
        : connection.address;
      limitUntaken(socket, client, () => {
        onClosing('untaken', connection.address);
        socket.destroy();
      });
    },
    of: (socket) => bySocket.get(socket),
    stop: () => clearInterval(timer),
    [Symbol.iterator]: () => connections.members.values(),
  };
}

function createAdmission(
  { limits, isTrusted, onClosing }: ConnectionsOptions,
  connections: ConnectionPool,
  looks: () => number,
): Connections['admit'] {
  const byAddress = new Map<string, ConnectionPool>();
  const forget = (connection: Connection) => {
    const { address } = connection;
    const peers = byAddress.get(address);
    connections.delete(connection);
    peers?.delete(connection);
    if (peers?.members.size === 0) byAddress.delete(address);
  };
  const close = (why: Closing, connection: Connection) => {
    onClosing(why, connection.address);
    forget(connection);
    connection.socket.destroy();
  };
  const makeRoom = (pool: ConnectionPool, why: Closing): boolean => {
    if (pool.hasRoom()) return true;
    const spare = pool.findSpare(looks());
    if (spare !== undefined) close(why, spare);
    return spare !== undefined;
  };

  return (socket) => {
    const { remoteAddress } = socket;
    // The client has gone already.
    if (remoteAddress === undefined) {
      socket.destroy();
      return undefined;
    }
    const address = networkOf(remoteAddress);
    const connection = createConnection(socket, address);
    const peers = byAddress.get(address) ?? createConnectionPool(maxOfAddress(limits), limits);
    const mayCome = isTrusted(remoteAddress) || makeRoom(peers, 'made-room-of-address');
    if (!mayCome || !makeRoom(connections, 'made-room')) {
      close(mayCome ? 'too-many' : 'too-many-of-address', connection);
      return undefined;
    }
    connections.add(connection);
    // Making room may have dropped the pool of this address, when it closed the last connection in it.
    byAddress.set(address, peers);
    peers.add(connection);
    socket.once('close', () => forget(connection));
    return connection;
  };
}

/** Maximum of connections that one address may have. */
export function maxOfAddress(limits: ConnectionLimits): number {
  return limits.maxConnectionsPerAddress || Math.ceil(limits.maxConnections / 4);
}

/** A tenth of the shortest limit, but between 10 ms and 1 s: this is exact enough and costs very little. */
function lookInterval(limits: PaceLimits): number {
  const { headersTimeoutMs, keepAliveTimeoutMs, bodyTimeoutMs, bodyGraceMs } = limits;
  const shortestMs = Math.min(headersTimeoutMs, keepAliveTimeoutMs, bodyTimeoutMs, bodyGraceMs);
  return Math.min(Math.max(Math.floor(shortestMs / 10), 10), 1_000);
}
