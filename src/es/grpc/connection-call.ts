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

/** @param wasUsed called when the connection was used, but not when a call begins on it */
export function followCall(connection: Use, wasUsed: () => void): ConnectionCall {
  let working = 0;
  connection.calls += 1;
  const workEnded = () => {
    if (working === 0) return;
    connection.working -= working;
    working = 0;
    wasUsed();
  };
  return {
    heard() {
      connection.heardMs = performance.now();
      wasUsed();
    },
    workBegan() {
      connection.working += 1;
      working = 1;
    },
    workEnded,
    over() {
      workEnded();
      connection.calls -= 1;
      connection.idleSinceMs = performance.now();
    },
  };
}
