import {
  type CallOptions,
  type Client,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { Counter, type Registry } from 'prom-client';
import type { CountBatchResponse } from '../generated/segment.js';
import type { Logger } from '../shared/logger.js';
import { packMemberships } from '../shared/packed-memberships.js';
import { NotReady } from '../shared/probe.js';
import { type TlsPaths, watchTlsFiles } from '../shared/tls/files.js';
import { channelCredentials } from '../shared/tls/grpc-certificates.js';
import { createEsConnection, type EsConnection } from './es-connection.js';
import { countFailure, storeFailure } from './es-failure.js';
import { createTokenCheck, withToken } from './es-token.js';
import type { Forwarder } from './forwarder.js';
import { createStoreLanes } from './store-lanes.js';

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
  registry: Registry;
}

const SERVICE_NAME = 'segment.v1.EstimationService';

const NOTHING = { memberships: [], packed: undefined };
const NONE = { segments: [], days: undefined };

/** How long ES may take to say how it is. */
const CHECK_TIMEOUT_MS = 1_000;

const CHANNEL_OPTIONS = {
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
  // A replica that is silent (paused, cut off) is found out within two seconds, not when TCP gives up.
  'grpc.keepalive_time_ms': 1_000,
  'grpc.keepalive_timeout_ms': 1_000,
  'grpc.keepalive_permit_without_calls': 1,
  // Channels share connections otherwise, and a connection reaches one worker of ES only.
  'grpc.use_local_subchannel_pool': 1,
};

/** Has ES do everything, over gRPC. */
export function createGrpcForwarder(options: GrpcForwarderOptions): Forwarder {
  const { address, timeoutMs, connections, token, tls, logger } = options;
  const { serverName } = tls;
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
    createEsConnection(address, channel, channelOptions),
  ) as [EsConnection, ...EsConnection[]];
  const lanes = createStoreLanes({
    connections: all,
    timeoutMs,
    onRetry: countRetries(options.registry),
  });
  const [mayStore, mayCount] = [createTokenCheck(), createTokenCheck()];
  let turn = 0;
  const nextClient = () => {
    turn = (turn + 1) % connections;
    return (all[turn] ?? all[0]).client;
  };

  return {
    async store(groups) {
      const packed = packMemberships(groups);
      const { firstDay, windowDays } = await lanes
        .store({ memberships: [], packed })
        .catch(storeFailure);
      return { firstDay, days: windowDays };
    },

    async count(segments, days) {
      const request = { segments: [...segments], days };
      const deadline = Date.now() + timeoutMs;
      const { counts } = await tryEach(connections, () => {
        const client = nextClient();
        return call<CountBatchResponse>(deadline, (...args) => client.countBatch(request, ...args));
      }).catch(countFailure);
      return new Map(counts.map(({ segment, userCount }) => [segment, userCount]));
    },

    async check() {
      const { status: health } = await call<Health>(Date.now() + CHECK_TIMEOUT_MS, (...args) =>
        checkHealth(all[0].client, ...args),
      ).catch((error) => {
        throw new Error(reasonOf(error), { cause: error });
      });
      if (health !== 'SERVING') throw new NotReady('it waits for what it depends on');
      // Health is open to everybody. Nothing is stored or counted here, but the credential is looked at.
      const deadline = Date.now() + CHECK_TIMEOUT_MS;
      await Promise.all([
        mayStore(call(deadline, (...args) => all[0].client.storeBatch(NOTHING, ...args))),
        mayCount(call(deadline, (...args) => all[0].client.countBatch(NONE, ...args))),
      ]);
    },

    close() {
      lanes.close();
      for (const connection of all) connection.close();
      files?.stop();
    },
  };
}

function countRetries(registry: Registry): () => void {
  const retries = new Counter({
    registers: [registry],
    name: 'es_store_retries_total',
    help: 'Batches that went to ES again because their stream ended without an answer.',
  });
  return () => retries.inc();
}

type Callback<Response> = (error: ServiceError | null, response?: Response) => void;

/** Makes a call; while there is no connection, makes it on the next one. */
async function tryEach<Response>(
  connections: number,
  makeCall: () => Promise<Response>,
): Promise<Response> {
  for (let left = connections - 1; ; left -= 1) {
    try {
      return await makeCall();
    } catch (error) {
      if ((error as ServiceError).code !== status.UNAVAILABLE || left === 0) throw error;
    }
  }
}

/** Makes a call with a deadline. */
function call<Response>(
  deadline: number,
  start: (metadata: Metadata, options: CallOptions, callback: Callback<Response>) => void,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    start(new Metadata(), { deadline }, (error, response) =>
      error ? reject(error) : resolve(response as Response),
    );
  });
}

/** What grpc-js says last, after what each layer of it has to say. */
function reasonOf({ details }: ServiceError): string {
  return /.*Last error: (?:Error: )?(.+?)\. Resolution note/s.exec(details)?.[1] ?? details;
}

const HEALTH_CHECK = healthService.Check as MethodDefinition<{ service: string }, Health>;

interface Health {
  status: string;
}

function checkHealth(
  client: Client,
  metadata: Metadata,
  options: CallOptions,
  callback: Callback<Health>,
): void {
  const { path, requestSerialize, responseDeserialize } = HEALTH_CHECK;
  const request = { service: '' };
  client.makeUnaryRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    metadata,
    options,
    callback,
  );
}
