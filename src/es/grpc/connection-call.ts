/** How a connection is used. */
export interface Use {
  calls: number;
  /** How many of them are worked on, rather than waiting for the client. */
  working: number;
  /** When its last call ended, or when it was opened, by the monotonic clock in milliseconds. */
  idleSinceMs: number;
  /** When a stream of it last brought a message, by the same clock. */
  heardMs: number;
}

/** The events of a call that decide whether its connection is busy. */
export interface ConnectionCall {
  /** A stream that was let in has brought a message. */
  heard(): void;
  /** The one request is whole and was let in: it is worked on. */
  workBegan(): void;
  /** It waits for its client again. */
  workEnded(): void;
  over(): void;
}

/** A call on a connection that is closed already. */
export const UNKNOWN_CALL: ConnectionCall = {
  heard() {},
  workBegan() {},
  workEnded() {},
  over() {},
};

/** @param wasUsed called when the connection was used; not when a call begins on it */
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
