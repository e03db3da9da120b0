/** Something that waits for its client: a call for the rest of a message, or an answer until the client takes it. */
export interface ClientWait {
  /** How long it has waited, in milliseconds. Set to 0 when it begins to wait for something else. */
  waitedMs: number;
  /** Whether the server itself causes the delay: it has not read yet what the client may have sent long ago. */
  isServerDelay(): boolean;
  /** Called when the client has taken too long. The wait is over by then. */
  expire(): void;
}

/** Limits how long a process waits for its clients. */
export interface ClientWaits {
  begin(wait: ClientWait): void;
  end(wait: ClientWait): void;
  /** Ends all waits, without expiring them. */
  stop(): void;
}

const LONGEST_INTERVAL_MS = 1_000;

/** @param timeoutMs how long a client may take, in milliseconds. It may take up to one check interval longer */
export function createClientWaits(timeoutMs: number): ClientWaits {
  const waits = new Set<ClientWait>();
  const intervalMs = Math.min(timeoutMs / 10, LONGEST_INTERVAL_MS);
  // This counts checks and does not read a clock: a delay of our own event loop is not the client's fault.
  const timer = setInterval(() => {
    for (const wait of waits) {
      if (wait.isServerDelay()) continue;
      wait.waitedMs += intervalMs;
      if (wait.waitedMs < timeoutMs) continue;
      waits.delete(wait);
      wait.expire();
    }
  }, intervalMs).unref();
  return {
    begin(wait) {
      wait.waitedMs = 0;
      waits.add(wait);
    },
    end: (wait) => void waits.delete(wait),
    stop() {
      clearInterval(timer);
      waits.clear();
    },
  };
}
