/** A call that waits for its client: to send the rest of a message, or to take an answer. */
export interface Turn {
  /** How long it has waited, in milliseconds; set to 0 when it begins to wait for something else. */
  waitedMs: number;
  /** Whether it is us who leave unread what the client may have sent long ago. */
  isOurs(): boolean;
  /** Called when the client has taken too long; the turn has ended then. */
  expire(): void;
}

/** The turns of all clients of a process. */
export interface ClientTurns {
  begin(turn: Turn): void;
  end(turn: Turn): void;
  /** Ends all of them and looks no more. */
  stop(): void;
}

const LONGEST_INTERVAL_MS = 1_000;

/** @param timeoutMs how long a client may take for its turn; one look more at most */
export function createClientTurns(timeoutMs: number): ClientTurns {
  const turns = new Set<Turn>();
  const intervalMs = Math.min(timeoutMs / 10, LONGEST_INTERVAL_MS);
  // Counted by looks, not by the clock: what our own event loop is late is not the client's time.
  const timer = setInterval(() => {
    for (const turn of turns) {
      if (turn.isOurs()) continue;
      turn.waitedMs += intervalMs;
      if (turn.waitedMs < timeoutMs) continue;
      turns.delete(turn);
      turn.expire();
    }
  }, intervalMs).unref();
  return {
    begin(turn) {
      turn.waitedMs = 0;
      turns.add(turn);
    },
    end: (turn) => void turns.delete(turn),
    stop() {
      clearInterval(timer);
      turns.clear();
    },
  };
}
