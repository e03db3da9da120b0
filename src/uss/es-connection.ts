import { type ChannelCredentials, type ClientOptions, connectivityState } from '@grpc/grpc-js';
import { EstimationServiceClient } from '../generated/segment.js';

/** A connection to ES. */
export interface EsConnection {
  /** What makes calls on it; another one once the connection had to be given up, or leads elsewhere. */
  readonly client: EstimationServiceClient;
  /** Looks ES up again, and leads there once it is reached. Calls on the client before have their time to end. */
  renew(): void;
  close(): void;
}

/** How long connecting may take; grpc-js itself waits without end for a peer that accepts and says nothing. */
const CONNECT_TIMEOUT_MS = 2_000;

const CHECK_INTERVAL_MS = 250;

/**
 * Keeps a connection, and begins anew when connecting does not get on. That happens with a process that is
 * killed: a connection that was just handed to it stays open, and nobody answers there.
 *
 * @param callMs how long a call may take
 */
export function createEsConnection(
  address: string,
  credentials: ChannelCredentials,
  options: ClientOptions,
  callMs: number,
): EsConnection {
  const open = () => new EstimationServiceClient(address, credentials, options);
  let client = open();
  let connectingSince: number | undefined;
  /** What is to take the place of the client, once ES is reached by it. */
  let next: EstimationServiceClient | undefined;
  /** Clients whose calls have some time yet, and what ends it. */
  const leaving = new Map<EstimationServiceClient, NodeJS.Timeout>();

  const leave = (left: EstimationServiceClient) => {
    const end = setTimeout(() => {
      leaving.delete(left);
      left.close();
    }, callMs);
    leaving.set(left, end);
  };
  const timer = setInterval(() => {
    if (client.getChannel().getConnectivityState(false) !== connectivityState.CONNECTING) {
      connectingSince = undefined;
      return;
    }
    connectingSince ??= performance.now();
    if (performance.now() - connectingSince < CONNECT_TIMEOUT_MS) return;
    connectingSince = undefined;
    client.close();
    client = open();
  }, CHECK_INTERVAL_MS);
  return {
    get client() {
      return client;
    },
    renew() {
      next?.close();
      const opened = open();
      next = opened;
      opened.waitForReady(Date.now() + CONNECT_TIMEOUT_MS, (error) => {
        if (next !== opened) return;
        next = undefined;
        if (error) {
          opened.close();
          return;
        }
        leave(client);
        client = opened;
      });
    },
    close() {
      clearInterval(timer);
      next?.close();
      next = undefined;
      for (const [left, end] of leaving) {
        clearTimeout(end);
        left.close();
      }
      client.close();
    },
  };
}
