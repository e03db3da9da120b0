import type { Server } from 'node:http';
import type { Connections } from './connections.js';
import { drain } from './draining.js';

/** How often a closing server closes the connections that have become idle. */
const CLOSE_IDLE_INTERVAL_MS = 20;

/**
 * Closes a server: it accepts no more connections, requests in flight finish, and connections that are left are cut at the
 * limit.
 *
 * @param limit aborted when connections that are still open have to be cut
 */
export function closeServer(
  server: Server,
  connections: Connections,
  limit: AbortSignal,
): Promise<void> {
  const cut = () => {
    for (const { socket } of connections) socket.destroy();
  };
  limit.addEventListener('abort', cut);
  if (limit.aborted) cut();
  // Otherwise a keep-alive client would keep the closing server open until its idle timeout.
  for (const { socket } of connections) drain(socket);
  const timer = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_INTERVAL_MS);
  return new Promise((resolve, reject) => {
    server.close((error) => {
      clearInterval(timer);
      if (error) reject(error);
      else resolve();
    });
  });
}
