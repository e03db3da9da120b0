/** How often a client that may have ended its side is probed while it waits for an answer. */
const INTERVAL_MS = 500;

/**
 * Finds out whether a client has gone or has only ended its side: a client that has gone refuses what is sent to it. For this
 * it sends 100 Continue, which clients ignore (RFC 9110, section 15.2.1), again and again until it is stopped. HTTP/1.0 has no
 * interim responses; connection.ts handles its clients.
 *
 * @param sendContinue sends 100 Continue
 * @returns a function that stops it
 */
export function probeClient(sendContinue: () => void): () => void {
  const timer = setInterval(sendContinue, INTERVAL_MS);
  return () => clearInterval(timer);
}
