import { type ChannelCredentials, type ClientOptions, connectivityState } from '@grpc/grpc-js';
import { EstimationServiceClient } from '../../generated/segment.js';
import { call, checkHealth, type Health } from './calls.js';

/** A connection to ES. */
export interface EsConnection {
  /** Makes calls on the connection. After the connection was given up or has moved, this is another client. */
  readonly client: EstimationServiceClient;
  /** Looks up the address of ES again, and moves there when it is reached. Calls on the old client have time to end. */
  renew(): void;
  close(): void;
}

/**
 * How long the first attempt to connect may take: grpc-js itself waits for ever for a peer that accepts and sends nothing.
 * After each attempt that is given up, the next one may take twice as long, because two seconds are not enough on a very
 * busy machine.
 */
const CONNECT_TIMEOUT_MS = 2_000;
const MAX_CONNECT_TIMEOUT_MS = 30_000;

/**
 * How long the other addresses of a name may take to connect after the first one, in milliseconds, at least; twice the time
 * of the first one if that is longer. Streams are opened as soon as the client is used, and stay where they are: without
 * this, all would go to the ES that is connected first.
 */
const SETTLE_MS = 1_000;

/** More than there are replicas of ES, as a rule. */
const MAX_SPREAD = 16;

const CHECK_INTERVAL_MS = 250;

/**
 * Keeps a connection, and starts again if connecting makes no progress. This happens when a process is killed: a connection
 * that was just handed to it stays open, and no process answers there.
 *
 * @param callMs how long a call may take, in milliseconds
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
  /** The new client; it replaces the old one when it has reached ES. */
  let next: EstimationServiceClient | undefined;
  /** Old clients whose calls may still end, with the timers that close them. */
  const retiring = new Map<EstimationServiceClient, NodeJS.Timeout>();

  const retire = (old: EstimationServiceClient) => {
    const timeout = setTimeout(() => {
      retiring.delete(old);
      old.close();
    }, callMs);
    retiring.set(old, timeout);
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
  let settling: NodeJS.Timeout | undefined;
  const giveUpNext = () => {
    clearTimeout(settling);
    next?.close();
    next = undefined;
  };
  const moveTo = (opened: EstimationServiceClient) => {
    next = undefined;
    retire(client);
    client = opened;
  };
  const connectAgain = (timeoutMs: number) => {
    giveUpNext();
    const opened = open();
    next = opened;
    const start = performance.now();
    opened.waitForReady(Date.now() + timeoutMs, (error) => {
      if (next !== opened) return;
      if (error) {
        connectAgain(doubled(timeoutMs));
        return;
      }
      const isServed = client.getChannel().getConnectivityState(false) === connectivityState.READY;
      const settleMs = isServed ? Math.max(SETTLE_MS, 2 * (performance.now() - start)) : 0;
      settling = setTimeout(async () => {
        if (isServed) await spread(opened);
        if (next === opened) moveTo(opened);
      }, settleMs);
    });
  };
  return {
    get client() {
      return client;
    },
    renew: () => connectAgain(CONNECT_TIMEOUT_MS),
    close() {
      clearInterval(timer);
      giveUpNext();
      for (const [old, timeout] of retiring) {
        clearTimeout(timeout);
        old.close();
      }
      client.close();
    },
  };
}

/**
 * Has the next call of a client go to any of its addresses. The first call goes to the address that was connected first,
 * and each further one to the next (round robin), so a random number of calls is made before.
 */
async function spread(client: EstimationServiceClient): Promise<void> {
  const times = Math.floor(Math.random() * MAX_SPREAD);
  const deadline = Date.now() + CONNECT_TIMEOUT_MS;
  const checks = Array.from({ length: times }, () =>
    call<Health>(deadline, (...args) => checkHealth(client, ...args)),
  );
  await Promise.allSettled(checks);
}

const doubled = (timeoutMs: number) => Math.min(timeoutMs * 2, MAX_CONNECT_TIMEOUT_MS);
