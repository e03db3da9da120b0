/** How a connection is used. */
export interface Use {
  calls: number;
  /** How many of them ES works on; the others wait for the client. */
  working: number;
  /** When its last call ended, or when it was opened, by the monotonic clock in milliseconds. */
  idleSinceMs: number;
  /** When a message last arrived on one of its streams, by the same clock. */
  heardMs: number;
}

/** The events of a call that decide whether its connection is busy. */
export interface ConnectionCall {
  /** A message has arrived on an accepted stream. */
  heard(): void;
  /** The request of a unary call is complete and accepted: ES works on it. */
  workBegan(): void;
  /** The call waits for its client again. */
  workEnded(): void;
  over(): void;
}

/** A call on a connection that has closed already. */
export const UNKNOWN_CALL: ConnectionCall = {
  heard() {},
  workBegan() {},
  workEnded() {},
  over() {},
};

/** A call on an open connection. It is a class because each call would else make a function for each event. */
export class FollowedCall<Connection extends Use> implements ConnectionCall {
  readonly #connection: Connection;
  readonly #wasUsed: (connection: Connection) => void;
  #isWorking = false;

  /** @param wasUsed called when the connection was used, but not when a call begins on it */
  constructor(connection: Connection, wasUsed: (connection: Connection) => void) {
    this.#connection = connection;
    this.#wasUsed = wasUsed;
    connection.calls += 1;
  }

  heard(): void {
    this.#connection.heardMs = performance.now();
    this.#wasUsed(this.#connection);
  }

  workBegan(): void {
    this.#isWorking = true;
    this.#connection.working += 1;
  }

  workEnded(): void {
    if (!this.#isWorking) return;
    this.#isWorking = false;
    this.#connection.working -= 1;
    this.#wasUsed(this.#connection);
  }

  over(): void {
    this.workEnded();
    this.#connection.calls -= 1;
    this.#connection.idleSinceMs = performance.now();
  }
}
