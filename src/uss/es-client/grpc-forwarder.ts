import { Counter, type Registry } from 'prom-client';
import { packMemberships } from '../../domain/packed-memberships.js';
import type {
  CountBatchRequest,
  CountBatchResponse,
  StoreBatchRequest,
  StoreBatchResponse,
} from '../../generated/segment.js';
import { createClockCheck } from '../../process/clock-check.js';
import { NotReady } from '../../process/probe.js';
import type { Logger } from '../../telemetry/logger.js';
import type { SpanOptions, Tracing } from '../../telemetry/tracing/tracing.js';
import { type TlsPaths, watchTlsFiles } from '../../tls/files.js';
import { channelCredentials } from '../../tls/grpc-certificates.js';
import type { Forwarder } from '../forwarder.js';
import { call, checkHealth, type Health, tryEach } from './calls.js';
import { createEsConnection, type EsConnection } from './connection.js';
import { countFailure, countOf, refusalsOf, storeFailure } from './failures.js';
import { createEsReasons } from './reasons.js';
import { createStoreLanes } from './store-lanes.js';
import { createTokenCheck, withToken } from './token.js';
import { watchName } from './watch-name.js';

export interface GrpcForwarderOptions {
  /** The gRPC target of ES. */
  address: string;
  /** How long a call may take, in milliseconds. */
  timeoutMs: number;
  /** Whether ES is reached over TLS, and with which certificates. */
  tls: TlsPaths & { enabled: boolean; serverName: string };
  logger: Logger;
  /** How many connections to keep. */
  connections: number;
  /** The credential that USS shows ES; empty for none. */
  token: string;
  /** The clock, in milliseconds. */
  now: () => number;
  registry: Registry;
  tracing: Tracing;
}

const SERVICE_NAME = 'segment.v1.EstimationService';

/** Requests that store and count nothing: ES answers them as it would answer others, and looks at the credential. */
const EMPTY_STORE_REQUEST = { memberships: [], packed: undefined };
const EMPTY_COUNT_REQUEST = { segments: [], days: undefined };

/** How long ES may take to say how it is, in milliseconds. */
const CHECK_TIMEOUT_MS = 1_000;

const CHANNEL_OPTIONS = {
  // By default grpc-js uses the web proxy of the environment, even for localhost.
  'grpc.enable_http_proxy': 0,
  // Nobody reads what channelz would keep of every call.
  'grpc.enable_channelz': 0,
  'grpc.service_config': JSON.stringify({
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: [
      {
        name: [{ service: SERVICE_NAME, method: 'CountBatch' }],
        retryPolicy: {
          maxAttempts: 5,
          initialBackoff: '0.05s',
          maxBackoff: '0.5s',
          backoffMultiplier: 2,
          retryableStatusCodes: ['UNAVAILABLE'],
        },
      },
    ],
    // A tenth of the calls may be retries; more would keep an overloaded ES overloaded.
    retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
  }),
  // By default a client may wait two minutes before it connects again to an ES that is back.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // By default 30 s pass before the name of ES is looked up again.
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  // A silent replica (paused, cut off) is noticed within two seconds, not when TCP gives up.
  'grpc.keepalive_time_ms': 1_000,
  'grpc.keepalive_timeout_ms': 1_000,
  'grpc.keepalive_permit_without_calls': 1,
  // Otherwise channels share one connection, which reaches only one worker of ES.
  'grpc.use_local_subchannel_pool': 1,
};

/** Forwards everything to ES, over gRPC. */
export function createGrpcForwarder(options: GrpcForwarderOptions): Forwarder {
  const { address, timeoutMs, token, tls, logger, now, tracing } = options;
  const { serverName } = tls;
  const checkClock = createClockCheck(
    'ES',
    'ES decides what is too late or ahead, by its own',
    logger,
  );
  const channelOptions = {
    ...CHANNEL_OPTIONS,
    ...(serverName !== '' && {
      'grpc.ssl_target_name_override': serverName,
      'grpc.default_authority': serverName,
    }),
    interceptors: withToken(token),
  };
  const files = tls.enabled ? watchTlsFiles(tls, logger) : undefined;
  const credentials = channelCredentials(files);
  const connections = Array.from({ length: options.connections }, () =>
    createEsConnection(address, credentials, channelOptions, timeoutMs),
  ) as [EsConnection, ...EsConnection[]];
  const unwatch = watchName(address, () => {
    for (const connection of connections) connection.renew();
  });
  const lanes = createStoreLanes({
    connections,
    timeoutMs,
    onRetry: countRetries(options.registry),
  });
  const reasons = createEsReasons();
  const [mayStore, mayCount] = [createTokenCheck(), createTokenCheck()];
  let last = 0;
  const nextClient = () => {
    last = (last + 1) % connections.length;
    return (connections[last] ?? connections[0]).client;
  };

  const send = tracing.traced(
    () => spanOf('StoreStream'),
    (batch: StoreBatchRequest) => lanes.store({ ...batch, traceparent: tracing.active() }),
  );
  const ask = tracing.traced(
    () => spanOf('CountBatch'),
    (request: CountBatchRequest, deadline: number) => {
      const traceparent = tracing.active();
      return tryEach(connections.length, () => {
        const client = nextClient();
        return call<CountBatchResponse>(
          deadline,
          (...args) => client.countBatch(request, ...args),
          traceparent,
        );
      });
    },
  );

  return {
    async store(groups) {
      const packed = packMemberships(groups);
      const batch = { memberships: [], packed, takesRefusals: true, takesFailures: true };
      const answer = await send(batch).catch(storeFailure);
      const window = { firstDay: answer.firstDay, days: answer.windowDays };
      return answer.refusedGroups.length + answer.failures.length === 0
        ? window
        : { ...window, refused: refusalsOf(groups, answer) };
    },

    async count(segments, days) {
      const request = { segments: [...segments], days, takesFailures: true };
      const deadline = Date.now() + timeoutMs;
      const { counts } = await ask(request, deadline).catch(countFailure);
      return new Map(counts.map((count) => [count.segment, countOf(count)]));
    },

    async check() {
      const { status: health } = await call<Health>(Date.now() + CHECK_TIMEOUT_MS, (...args) =>
        checkHealth(connections[0].client, ...args),
      ).catch((error) => {
        throw new Error(reasons.of(error), { cause: error });
      });
      reasons.forget();
      // Health needs no credential. These two calls do nothing, but show whether ES accepts the credential.
      const deadline = Date.now() + CHECK_TIMEOUT_MS;
      const asked = now();
      const stored = call<StoreBatchResponse>(deadline, (...args) =>
        connections[0].client.storeBatch(EMPTY_STORE_REQUEST, ...args),
      );
      const { state } = await stored.catch(() => ({ state: undefined }));
      if (health !== 'SERVING') {
        throw new NotReady(state?.notReady || 'it waits for what it depends on');
      }
      if (state?.time !== undefined) {
        checkClock(state.time.seconds * 1_000 + state.time.nanos / 1e6 - (asked + now()) / 2);
      }
      await Promise.all([
        mayStore(stored),
        mayCount(
          call(deadline, (...args) =>
            connections[0].client.countBatch(EMPTY_COUNT_REQUEST, ...args),
          ),
        ),
      ]);
    },

    close() {
      unwatch();
      lanes.close();
      for (const connection of connections) connection.close();
      files?.stop();
    },
  };
}

function spanOf(method: string): SpanOptions {
  return {
    name: `${SERVICE_NAME}/${method}`,
    kind: 'client',
    attributes: { 'rpc.system': 'grpc', 'rpc.service': SERVICE_NAME, 'rpc.method': method },
  };
}

function countRetries(registry: Registry): () => void {
  const retries = new Counter({
    registers: [registry],
    name: 'segmentation_es_store_retries_total',
    help: 'Batches that went to ES again because their stream ended without an answer.',
  });
  return () => retries.inc();
}
