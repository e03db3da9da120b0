import { duration, wholeNumber } from '../../config/config.js';

/** The settings for the number of connections, and for how long each may take. */
export function connectionSchema(prefix: string) {
  return {
    ...connectionCounts(
      `${prefix}_HTTP`,
      'Most connections at once. For one more, the one idle for longest is closed, or the slowest; if none is either, the new one.',
      10_000,
    ),
    maxHeaderBytes: wholeNumber(
      'Most bytes of the headers of a request; beyond it 431.',
      `${prefix}_HTTP_MAX_HEADER_BYTES`,
      16_384,
      [1_024, 1_048_576],
    ),
    headersTimeoutMs: duration(
      'How long the headers of a request, and a TLS handshake, may take to come.',
      `${prefix}_HTTP_HEADERS_TIMEOUT_MS`,
      10_000,
    ),
    bodyTimeoutMs: duration(
      'How long a body may take to come, but for NDJSON, which has no limit of size, and an answer to be taken.',
      `${prefix}_HTTP_BODY_TIMEOUT_MS`,
      60_000,
    ),
    minBodyBytesPerSecond: wholeNumber(
      'Least bytes a second of a body, averaged over the time below, NDJSON too; 0 is any number.',
      `${prefix}_HTTP_MIN_BODY_BYTES_PER_SECOND`,
      100,
      [0, 1_000_000_000],
    ),
    bodyGraceMs: duration(
      'How long a body may come more slowly than that.',
      `${prefix}_HTTP_BODY_GRACE_MS`,
      10_000,
    ),
    idleTimeoutMs: duration(
      'How long a client may be silent in the middle of a request.',
      `${prefix}_HTTP_IDLE_TIMEOUT_MS`,
      60_000,
    ),
    keepAliveTimeoutMs: duration(
      'How long a connection may be idle between requests, as clients are told (Keep-Alive); it is there a second longer.',
      `${prefix}_HTTP_KEEP_ALIVE_TIMEOUT_MS`,
      5_000,
    ),
  };
}

/**
 * The settings for the number of connections of a listener.
 *
 * @param prefix of the environment variables, such as ES_GRPC
 * @param doc which connection is closed when there is one too many
 */
export function connectionCounts(prefix: string, doc: string, value: number) {
  return {
    maxConnections: wholeNumber(doc, `${prefix}_MAX_CONNECTIONS`, value, [1, 1_000_000]),
    maxConnectionsPerAddress: wholeNumber(
      'Most of them from one address (IPv6: one /64 network), http.trustedProxies aside; 0 is a quarter of all.',
      `${prefix}_MAX_CONNECTIONS_PER_ADDRESS`,
      0,
      [0, 1_000_000],
    ),
  };
}
