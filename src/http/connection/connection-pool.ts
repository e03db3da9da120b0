import { type Connection, type PaceLimits, spareRank } from './connection.js';

/** Connections that count against one limit. */
export interface ConnectionPool {
  readonly members: ReadonlySet<Connection>;
  add(connection: Connection): void;
  delete(connection: Connection): void;
  hasRoom(): boolean;
  /**
   * The best connection to close to make room; undefined if no connection may be closed.
   *
   * @param looks the number of the last look at all connections: members are ranked only once for each look, even if many
   *   new connections ask for room
   */
  findSpare(looks: number): Connection | undefined;
}

export function createConnectionPool(limit: number, pace: PaceLimits): ConnectionPool {
  const members = new Set<Connection>();
  // Sorted: the last connection is closed first.
  let spare: Connection[] = [];
  let spareAsOf = -1;
  return {
    members,
    add: (connection) => members.add(connection),
    delete: (connection) => members.delete(connection),
    hasRoom: () => members.size < limit,
    findSpare(looks) {
      if (spareAsOf !== looks) {
        spareAsOf = looks;
        spare = rank(members, pace);
      }
      for (;;) {
        const found = spare.pop();
        if (found === undefined) return undefined;
        if (members.has(found) && spareRank(found, pace) !== undefined) return found;
      }
    },
  };
}

interface Ranked {
  connection: Connection;
  rank: number;
}

/** The members that may be closed to make room, sorted: the last one is closed first. */
function rank(members: Iterable<Connection>, pace: PaceLimits): Connection[] {
  return [...members]
    .map((connection) => ({ connection, rank: spareRank(connection, pace) }))
    .filter((one): one is Ranked => one.rank !== undefined)
    .sort((one, other) => other.rank - one.rank)
    .map(({ connection }) => connection);
}
