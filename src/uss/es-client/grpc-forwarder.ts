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
  /** How long a call may take. */
  timeoutMs: number;
  /** Whether ES is reached over TLS, and by which certificates. */
  tls: TlsPaths & { enabled: boolean; serverName: string };
  logger: Logger;
  /** How many connections to keep. */
  connections: number;
  /** The credential that is shown ES; none if empty. */
  token: string;
  /** The clock, in milliseconds. */
  now: () => number;
  registry: Registry;
  tracing: Tracing;
}

const SERVICE_NAME = 'segment.v1.EstimationService';

const NOTHING = { memberships: [], packed: undefined };
const NONE = { segments: [], days: undefined };
/** How long ES may take to say how it is. */
const CHECK_TIMEOUT_MS = 1_000;

const CHANNEL_OPTIONS = {
  // Unless told so, grpc-js goes through a proxy that the environment names for the web, to localhost too.
  'grpc.enable_http_proxy': 0,
  // Nobody looks at what it would keep of every call.
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
    // A tenth of the calls may be retries; more would keep an ES that is overloaded so.
    retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
  }),
  // The default lets a client wait two minutes for an ES that has been back for long.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // The default has USS wait for so long before it looks again where ES is.
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  // A replica that is silent (paused, cut off) is found out within two seconds, not when TCP gives up.
  'grpc.keepalive_time_ms': 1_000,
  'grpc.keepalive_timeout_ms': 1_000,
  'grpc.keepalive_permit_without_calls': 1,
  // Channels share connections otherwise, and a connection reaches one worker of ES only.
  'grpc.use_local_subchannel_pool': 1,
};

/** Has ES do everything, over gRPC. */
export function createGrpcForwarder(options: GrpcForwarderOptions): Forwarder {
  const { address, timeoutMs, connections, token, tls, logger, now, tracing } = options;
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
  const channel = channelCredentials(files);
  const all = Array.from({ length: connections }, () =>
    createEsConnection(address, channel, channelOptions, timeoutMs),
  ) as [EsConnection, ...EsConnection[]];
  const unwatch = watchName(address, () => {
    for (const connection of all) connection.renew();
  });
  const lanes = createStoreLanes({
    connections: all,
    timeoutMs,
    onRetry: countRetries(options.registry),
  });
  const reasons = createEsReasons();
  const [mayStore, mayCount] = [createTokenCheck(), createTokenCheck()];
  let turn = 0;
  const nextClient = () => {
    turn = (turn + 1) % connections;
    return (all[turn] ?? all[0]).client;
  };

  const send = tracing.traced(
    () => spanOf('StoreStream'),
    (batch: StoreBatchRequest) => lanes.store({ ...batch, traceparent: tracing.active() }),
  );
  const ask = tracing.traced(
    () => spanOf('CountBatch'),
    (request: CountBatchRequest, deadline: number) => {
      const traceparent = tracing.active();
      return tryEach(connections, () => {
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
        checkHealth(all[0].client, ...args),
      ).catch((error) => {
        throw new Error(reasons.of(error), { cause: error });
      });
      reasons.forget();
      // Health is open to everybody. Nothing is stored or counted here, but the credential is looked at.
      const deadline = Date.now() + CHECK_TIMEOUT_MS;
      const asked = now();
      const stored = call<StoreBatchResponse>(deadline, (...args) =>
        all[0].client.storeBatch(NOTHING, ...args),
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
        mayCount(call(deadline, (...args) => all[0].client.countBatch(NONE, ...args))),
      ]);
    },

    close() {
      unwatch();
      lanes.close();
      for (const connection of all) connection.close();
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
