/** What a connection is used for. */
export interface Use {
  calls: number;
  /** How many of them are worked on. */
  working: number;
  /** When it had its last call, or came. */
  idleSinceMs: number;
  /** When a stream of it has brought a message last. */
  heardMs: number;
}

/** A call, as far as its connection is kept for it. */
export interface ConnectionCall {
  /** A stream has brought a message, and was let in before. */
  heard(): void;
  /** Its one request is whole and was let in: it is worked on. */
  workBegan(): void;
  /** It is its client's turn again. */
  workEnded(): void;
  over(): void;
}

/** Of a connection that is closed already. */
export const UNKNOWN_CALL: ConnectionCall = {
  heard() {},
  workBegan() {},
  workEnded() {},
  over() {},
};

/** @param wasUsed called when the connection was used, other than by beginning something on it */
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
