import { type Connection, type PaceLimits, spareRank } from './connection.js';

/** Connections that share a limit of how many there may be. */
export interface ConnectionPool {
  readonly members: ReadonlySet<Connection>;
  add(connection: Connection): void;
  delete(connection: Connection): void;
  hasRoom(): boolean;
  /**
   * The connection that can best be spared; undefined where none can.
   *
   * @param looks how often connections have been looked at; all of these are looked through once a look at most,
   *   however many more want to come in
   */
  findSpare(looks: number): Connection | undefined;
}

export function createConnectionPool(limit: number, pace: PaceLimits): ConnectionPool {
  const members = new Set<Connection>();
  // The one that can best be spared last.
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

/** Those that can be spared, the one that is to go first last. */
function rank(members: Iterable<Connection>, pace: PaceLimits): Connection[] {
  return [...members]
    .map((connection) => ({ connection, rank: spareRank(connection, pace) }))
    .filter((one): one is Ranked => one.rank !== undefined)
    .sort((one, other) => other.rank - one.rank)
    .map(({ connection }) => connection);
}
