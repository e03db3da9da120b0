import convict from 'convict';
import { duration, port, text, wholeNumber } from '../../config/config.js';
import { connectionCounts } from '../../http/connection/settings.js';
import { serverTlsSchema } from '../../tls/settings.js';

convict.addFormat({
  name: 'client-names',
  validate: (value: unknown) => {
    const names = value === '' ? [] : String(value).split(',');
    const isName = (name: string) => /^(?!(email|IP|IP Address|DirName):)[^*]+$/i.test(name.trim());
    if (!names.every(isName)) {
      throw new Error(
        'must be names such as DNS:uss or URI:spiffe://cluster/uss, without wildcards',
      );
    }
  },
});

/** The keys of gRPC. */
export const grpcSchema = {
  host: text('Interface the gRPC listener binds.', 'ES_GRPC_HOST', '127.0.0.1'),
  port: port('Port of gRPC.', 'ES_GRPC_PORT', 50051),
  maxMessageBytes: wholeNumber(
    'Largest gRPC message with a batch of memberships; 8 MiB holds 10,000 of the longest. Those of other methods have at most 16 KiB, of CountBatch 270 KiB, of health and reflection 512 bytes.',
    'ES_GRPC_MAX_MESSAGE_BYTES',
    8 * 1024 * 1024,
    [1_024, 64 * 1024 * 1024],
  ),
  maxStreams: wholeNumber(
    'Most gRPC calls at once on one connection; more wait at the client.',
    'ES_GRPC_MAX_STREAMS',
    100,
    [1, 100_000],
  ),
  maxHeldBytes: wholeNumber(
    'Most bytes kept for all gRPC clients, of requests that have not wholly come and of answers that were not taken; beyond it the largest of the client that has most is refused.',
    'ES_GRPC_MAX_HELD_BYTES',
    64 * 1024 * 1024,
    [1_048_576, 16 * 1024 * 1024 * 1024],
  ),
  ...connectionCounts(
    'ES_GRPC',
    'Most gRPC connections at once. For one more, one that is not busy is closed, of the address that has most; if all are busy, the new one.',
    1_000,
  ),
  idleTimeoutMs: duration(
    'How long a gRPC connection may be without a call; then it is closed.',
    'ES_GRPC_IDLE_TIMEOUT_MS',
    60_000,
  ),
  clientTimeoutMs: duration(
    'How long a gRPC client may take for a TLS handshake, for a message that it has begun, for the one request of a call, and to take an answer.',
    'ES_GRPC_CLIENT_TIMEOUT_MS',
    10_000,
  ),
  maxConnectionAgeMs: duration(
    'How long a gRPC connection lives; then its client opens another one, and so finds new replicas.',
    'ES_GRPC_MAX_CONNECTION_AGE_MS',
    300_000,
  ),
  keepAliveMs: duration(
    'How long a gRPC connection may be silent before its client is asked whether it is there, and how long it may take to say so; then the connection is closed.',
    'ES_GRPC_KEEP_ALIVE_MS',
    10_000,
  ),
  tls: {
    ...serverTlsSchema('ES_GRPC', 'gRPC'),
    caFile: text(
      'Authorities of the clients, PEM; each client then has to show a certificate. Empty: none has to.',
      'ES_GRPC_TLS_CLIENT_CA_FILE',
      '',
      'optional-text',
    ),
    allowedClients: text(
      'Names that certificates of clients may be of, separated by commas: alternative names (DNS or URI), or the common name where there is none of any kind. DNS:uss, URI:spiffe://cluster/uss and CN:uss say which. Empty: any of those authorities.',
      'ES_GRPC_TLS_ALLOWED_CLIENTS',
      '',
      'client-names',
    ),
  },
};
