import { type ChannelCredentials, type ClientOptions, connectivityState } from '@grpc/grpc-js';
import { EstimationServiceClient } from '../generated/segment.js';

/** A connection to ES. */
export interface EsConnection {
  /** What makes calls on it; another one once the connection had to be given up. */
  readonly client: EstimationServiceClient;
  close(): void;
}

/** How long connecting may take; grpc-js itself waits without end for a peer that accepts and says nothing. */
const CONNECT_TIMEOUT_MS = 2_000;

const CHECK_INTERVAL_MS = 250;

/**
 * Keeps a connection, and begins anew when connecting does not get on. That happens with a process that is
 * killed: a connection that was just handed to it stays open, and nobody answers there.
 */
export function createEsConnection(
  address: string,
  credentials: ChannelCredentials,
  options: ClientOptions,
): EsConnection {
  const open = () => new EstimationServiceClient(address, credentials, options);
  let client = open();
  let connectingSince: number | undefined;
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
    close() {
      clearInterval(timer);
      client.close();
    },
  };
}
