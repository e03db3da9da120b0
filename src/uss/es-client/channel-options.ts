import type { ClientOptions } from '@grpc/grpc-js';
import { withToken } from './token.js';

export const SERVICE_NAME = 'segment.v1.EstimationService';

const CHANNEL_OPTIONS = {
  // By default grpc-js uses the web proxy of the environment, even for localhost.
  'grpc.enable_http_proxy': 0,
  // Nobody reads the data that channelz would keep for every call.
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
  // By default a client may wait two minutes before it reconnects to an ES that is up again.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // By default 30 s pass before the name of ES is looked up again.
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  // With this the client notices a silent replica (paused, cut off) within two seconds, and not only when TCP gives up.
  'grpc.keepalive_time_ms': 1_000,
  'grpc.keepalive_timeout_ms': 1_000,
  'grpc.keepalive_permit_without_calls': 1,
  // Otherwise channels share one connection, which reaches only one worker of ES.
  'grpc.use_local_subchannel_pool': 1,
};

/**
 * The options of each connection to ES.
 *
 * @param serverName the name in the certificate of ES; empty for the name in its address
 * @param token the credential of USS; empty if it has none
 */
export function channelOptions(serverName: string, token: string): ClientOptions {
  return {
    ...CHANNEL_OPTIONS,
    ...(serverName !== '' && {
      'grpc.ssl_target_name_override': serverName,
      'grpc.default_authority': serverName,
    }),
    interceptors: withToken(token),
  };
}
