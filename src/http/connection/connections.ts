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
import { limitUntaken } from './untaken.js';

/** How many connections there may be, and how long each may take. */
export interface ConnectionLimits extends PaceLimits {
  maxConnections: number;
  /** Of one IPv4 address, or one /64 network of IPv6; 0 is a quarter of all. */
  maxConnectionsPerAddress: number;
}

/**
 * Why a connection was closed by us: there were too many in all or of its address, or it made room for another, or it
 * left most of what too much of answers was left untaken, or it took too long.
 */
export type Closing = (typeof CLOSINGS)[number];

export const CLOSINGS = [
  ...(['too-many', 'made-room', 'too-many-of-address', 'made-room-of-address'] as const),
  'untaken',
  ...OVERDUE,
] as const;

export interface ConnectionsOptions {
  limits: ConnectionLimits;
  /** Whether an address is that of a proxy, which may have as many connections as there may be in all. */
  isTrusted: (address: string) => boolean;
  /** Told of each connection that is closed for a limit, before it is. */
  onClosing: (why: Closing, address: string) => void;
}

/** The connections of a server. */
export interface Connections extends Iterable<Connection> {
  /**
   * Takes a connection that was just accepted. At a limit the one that can best be spared makes room for it.
   *
   * @returns undefined when there is no room; then it is closed
   */
  admit(socket: Socket): Connection | undefined;
  /** Has HTTP spoken with a connection from now on. */
  open(connection: Connection, socket: Socket): void;
  /** The connection that HTTP is spoken with on a socket. */
  of(socket: Socket): Connection | undefined;
  /** Looks no more for those that take too long. */
  stop(): void;
}

/** Admits connections, and looks at them now and then until it is stopped. */
export function watchConnections(options: ConnectionsOptions): Connections {
  const { limits, onClosing, isTrusted } = options;
  const all = createConnectionPool(limits.maxConnections, limits);
  const bySocket = new WeakMap<Socket, Connection>();
  const intervalMs = lookInterval(limits);
  let looks = 0;
  // Counted by looks, not by the clock: what our own event loop is late is not the client's time.
  const timer = setInterval(() => {
    looks += 1;
    for (const connection of all.members) {
      const why = passTime(connection, intervalMs, limits);
      if (why === undefined) continue;
      onClosing(why, connection.address);
      endOverdue(connection, why);
    }
  }, intervalMs).unref();

  return {
    admit: createAdmission(options, all, () => looks),
    open(connection, socket) {
      connection.socket = socket;
      connection.phase = 'idle';
      connection.phaseMs = 0;
      bySocket.set(socket, connection);
      // A proxy has as many clients as connections, as far as can be told.
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
    [Symbol.iterator]: () => all.members.values(),
  };
}

function createAdmission(
  { limits, isTrusted, onClosing }: ConnectionsOptions,
  all: ConnectionPool,
  looks: () => number,
): Connections['admit'] {
  const byAddress = new Map<string, ConnectionPool>();
  const forget = (connection: Connection) => {
    const { address } = connection;
    const peers = byAddress.get(address);
    all.delete(connection);
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
    // It has gone already.
    if (remoteAddress === undefined) {
      socket.destroy();
      return undefined;
    }
    const address = networkOf(remoteAddress);
    const connection = createConnection(socket, address);
    const peers = byAddress.get(address) ?? createConnectionPool(maxOfAddress(limits), limits);
    const mayCome = isTrusted(remoteAddress) || makeRoom(peers, 'made-room-of-address');
    if (!mayCome || !makeRoom(all, 'made-room')) {
      close(mayCome ? 'too-many' : 'too-many-of-address', connection);
      return undefined;
    }
    all.add(connection);
    // Making room may have forgotten the pool of this address, with the last connection in it.
    byAddress.set(address, peers);
    peers.add(connection);
    socket.once('close', () => forget(connection));
    return connection;
  };
}

/** Most connections that one address may have. */
export function maxOfAddress(limits: ConnectionLimits): number {
  return limits.maxConnectionsPerAddress || Math.ceil(limits.maxConnections / 4);
}

/** Often enough for the shortest time that there is a limit of, and seldom enough to cost nothing. */
function lookInterval(limits: PaceLimits): number {
  const { headersTimeoutMs, keepAliveTimeoutMs, bodyTimeoutMs, bodyGraceMs } = limits;
  const shortestMs = Math.min(headersTimeoutMs, keepAliveTimeoutMs, bodyTimeoutMs, bodyGraceMs);
  return Math.min(Math.max(Math.floor(shortestMs / 10), 10), 1_000);
}
