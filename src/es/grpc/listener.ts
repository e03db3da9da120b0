import { type AddressInfo, createServer, type Server as Listener, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { type Listening, type ListenOptions, listenError } from '../../http/connection/server.js';
import type { Logger } from '../../telemetry/logger.js';
import type { TlsFiles } from '../../tls/files.js';
import { boundCallHeaders, http2ServersOf } from './call-headers.js';
import type { Connections } from './connections.js';
import type { CallMetrics } from './metrics.js';
import { keepSessionHandles } from './session-handles.js';
import { openTwoWays, type ShortWay } from './ways-in.js';

export interface ListenerOptions extends ListenOptions {
  /** The certificate of the server and the authorities of its clients; undefined to listen without TLS. */
  tls: TlsFiles | undefined;
  clientsNeedCertificates: boolean;
  /** How long a TLS handshake may take, in milliseconds. */
  clientTimeoutMs: number;
  /** Takes plain calls; grpc-js gets the others. */
  shortWay: ShortWay;
  metrics: Pick<CallMetrics, 'watch'>;
  logger: Logger;
}

/**
 * Listens for a gRPC server. grpc-js itself would accept any number of connections, and wait two minutes for a TLS
 * handshake.
 *
 * @throws StartError if the port is taken
 */
export async function listenForCalls(
  server: Server,
  connections: Connections,
  options: ListenerOptions,
): Promise<Listening> {
  const { host, port, portVariable, tls, logger } = options;
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  keepSessionHandles(server);
  boundCallHeaders(server);
  for (const http2Server of http2ServersOf(server)) {
    http2Server.prependListener('stream', options.metrics.watch);
    openTwoWays(http2Server, options.shortWay);
  }
  const listener = createListener(options);
  listener.on('connection', (socket: Socket) => connections.admit(socket));
  // With TLS a connection speaks HTTP/2 only after its handshake.
  listener.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    if (!socket.destroyed) injector.injectConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error) => reject(listenError(error, host, port, portVariable));
    listener.once('error', onError);
    listener.listen(port, host, () => {
      listener.off('error', onError);
      resolve();
    });
  });
  listener.on('error', (error) => logger.warn(`gRPC cannot accept a connection: ${error.message}`));
  return {
    port: (listener.address() as AddressInfo).port,
    close: (limit) =>
      new Promise((resolve) => {
        const cut = () => {
          server.forceShutdown();
          connections.cut();
        };
        limit.addEventListener('abort', cut);
        listener.close(() => resolve());
        if (limit.aborted) cut();
        // The connections that are left then have not started to speak HTTP/2.
        else server.tryShutdown(() => connections.cut());
      }),
  };
}

function createListener({
  tls,
  clientsNeedCertificates,
  clientTimeoutMs,
}: ListenerOptions): Listener {
  if (tls === undefined) return createServer({ noDelay: true });
  const listener = createTlsServer({
    ...tls.current,
    noDelay: true,
    ALPNProtocols: ['h2'],
    requestCert: clientsNeedCertificates,
    rejectUnauthorized: clientsNeedCertificates,
    handshakeTimeout: clientTimeoutMs,
  });
  tls.onChange((contents) => listener.setSecureContext(contents));
  // Node.js leaves a connection open whose handshake has failed.
  listener.on('tlsClientError', (_error, socket) => socket.destroy());
  return listener;
}
