import { type ChannelCredentials, type ClientOptions, connectivityState } from '@grpc/grpc-js';
import { EstimationServiceClient } from '../../generated/segment.js';

/** A connection to ES. */
export interface EsConnection {
  /** What makes calls on it; another one once the connection had to be given up, or leads elsewhere. */
  readonly client: EstimationServiceClient;
  /** Looks ES up again, and leads there once it is reached. Calls on the client before have their time to end. */
  renew(): void;
  close(): void;
}

/**
 * How long connecting may take at first; grpc-js itself waits without end for a peer that accepts and says nothing. Each attempt
 * that is given up has the next one wait twice as long: a machine may be so busy that two seconds are not enough.
 */
const CONNECT_TIMEOUT_MS = 2_000;
const MAX_CONNECT_TIMEOUT_MS = 30_000;

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
  let patienceMs = CONNECT_TIMEOUT_MS;
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
    const state = client.getChannel().getConnectivityState(false);
    if (state === connectivityState.READY) patienceMs = CONNECT_TIMEOUT_MS;
    if (state !== connectivityState.CONNECTING) {
      connectingSince = undefined;
      return;
    }
    connectingSince ??= performance.now();
    if (performance.now() - connectingSince < patienceMs) return;
    connectingSince = undefined;
    patienceMs = doubled(patienceMs);
    client.close();
    client = open();
  }, CHECK_INTERVAL_MS);
  const lead = (timeoutMs: number) => {
    next?.close();
    const opened = open();
    next = opened;
    opened.waitForReady(Date.now() + timeoutMs, (error) => {
      if (next !== opened) return;
      if (error) {
        lead(doubled(timeoutMs));
        return;
      }
      next = undefined;
      leave(client);
      client = opened;
    });
  };
  return {
    get client() {
      return client;
    },
    renew: () => lead(CONNECT_TIMEOUT_MS),
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

const doubled = (timeoutMs: number) => Math.min(timeoutMs * 2, MAX_CONNECT_TIMEOUT_MS);
