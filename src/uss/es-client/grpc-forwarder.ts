import { Counter, type Registry } from 'prom-client';
import { packMemberships } from '../../domain/packed-memberships.js';
import type {
  CountBatchRequest,
  CountBatchResponse,
  StoreBatchRequest,
} from '../../generated/segment.js';
import type { Logger } from '../../telemetry/logger.js';
import type { SpanOptions, Tracing } from '../../telemetry/tracing/tracing.js';
import { type TlsPaths, watchTlsFiles } from '../../tls/files.js';
import { channelCredentials } from '../../tls/grpc-certificates.js';
import type { Forwarder } from '../forwarder.js';
import { call, tryEach } from './calls.js';
import { channelOptions, SERVICE_NAME } from './channel-options.js';
import { createEsConnection, type EsConnection } from './connection.js';
import { createEsCheck } from './es-check.js';
import { countFailure, countOf, refusalsOf, storeFailure } from './failures.js';
import { createStoreLanes } from './store-lanes.js';
import { watchName } from './watch-name.js';

export interface GrpcForwarderOptions {
  /** The gRPC target of ES. */
  address: string;
  /** How long a call may take, in milliseconds. */
  timeoutMs: number;
  /** Whether USS reaches ES over TLS, and with which certificates. */
  tls: TlsPaths & { enabled: boolean; serverName: string };
  logger: Logger;
  /** The number of connections to keep. */
  connections: number;
  /** The credential that USS sends to ES; empty if it has none. */
  token: string;
  /** The clock, in milliseconds. */
  now: () => number;
  registry: Registry;
  tracing: Tracing;
}

/** Forwards everything to ES, over gRPC. */
export function createGrpcForwarder(options: GrpcForwarderOptions): Forwarder {
  const { address, timeoutMs, token, tls, logger, now, tracing } = options;
  const files = tls.enabled ? watchTlsFiles(tls, logger) : undefined;
  const credentials = channelCredentials(files);
  const clientOptions = channelOptions(tls.serverName, token);
  const connections = Array.from({ length: options.connections }, () =>
    createEsConnection(address, credentials, clientOptions, timeoutMs),
  ) as [EsConnection, ...EsConnection[]];
  const unwatch = watchName(address, () => {
    for (const connection of connections) connection.renew();
  });
  const lanes = createStoreLanes({
    connections,
    timeoutMs,
    onRetry: countRetries(options.registry),
  });
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

    check: createEsCheck(() => connections[0].client, logger, now),

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
