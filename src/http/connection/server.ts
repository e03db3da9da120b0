import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createTrust } from '../../limits/client-address.js';
import { type Release, StartError } from '../../process/lifecycle.js';
import type { Logger } from '../../telemetry/logger.js';
import { type TlsFiles, type TlsPaths, watchServerTls } from '../../tls/files.js';
import { acceptConnections } from './accept.js';
import { answerBrokenRequests } from './broken-requests.js';
import { closeServer } from './close-server.js';
import { beginRequest, phaseOf, waitsForUs } from './connection.js';
import {
  type ConnectionLimits,
  type Connections,
  type ConnectionsOptions,
  watchConnections,
} from './connections.js';
import { continueWhenRead } from './expectations.js';
import type { FastPath } from './fast-path.js';
import { trackPipelines } from './pipeline.js';

export interface ListenOptions {
  /** Interface to listen on. */
  host: string;
  /** Port; 0 means any free port. */
  port: number;
  /** The environment variable that sets the port. The error for a taken port names it. */
  portVariable: string;
}

/** Limits on the resources of a server that one client may use. */
interface HttpLimits extends ConnectionLimits {
  /** Maximum of bytes of the headers of a request. */
  maxHeaderBytes: number;
  /** How long a client may be silent in the middle of a request, in milliseconds. */
  idleTimeoutMs: number;
}

export interface HttpOptions extends ListenOptions, HttpLimits {
  /** The proxies whose `X-Forwarded-For` is trusted. They may use any share of the connections. */
  trustedProxies: string;
  /** Called for each connection before it is closed because of a limit. */
  onClosing: ConnectionsOptions['onClosing'];
  /** The certificate and its key. Without them the server uses plain HTTP. */
  tls: TlsPaths;
  logger: Logger;
}

export interface Listening {
  /** The port that was bound. */
  port: number;
  close: Release;
}

/**
 * Serves HTTP until closed. The fast path serves a connection up to the first request that is not for the fast path; from
 * there on node:http serves it. Closing accepts no more connections, lets requests in flight finish, and cuts the
 * connections that are left when the limit is reached.
 *
 * @throws StartError if it cannot listen on the port
 */
export async function listenHttp(
  listener: RequestListener,
  fastPath: FastPath,
  options: HttpOptions,
): Promise<Listening> {
  const { host, port, portVariable, logger } = options;
  const tls = watchServerTls(options.tls, logger);
  const connections = watchConnections({
    limits: options,
    isTrusted: createTrust(options.trustedProxies),
    onClosing: options.onClosing,
  });
  const respond = noteRequests(connections, listener);
  const server = createServerOf(tls, options, respond);
  acceptConnections(server, tls !== undefined, connections, fastPath);
  server.on('checkContinue', (request, response) => {
    continueWhenRead(request, response);
    respond(request, response);
  });
  trackPipelines(server);
  answerBrokenRequests(server, options.maxHeaderBytes, (socket) => {
    const connection = connections.of(socket);
    if (connection !== undefined) options.onClosing('headers', connection.address);
  });
  setTimeouts(server, options, connections);

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      tls?.stop();
      connections.stop();
      reject(listenError(error, host, port, portVariable));
    });
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close(limit) {
      try {
        await closeServer(server, connections, limit);
      } finally {
        tls?.stop();
        connections.stop();
      }
    },
  };
}

function createServerOf(
  tls: TlsFiles | undefined,
  { maxHeaderBytes, headersTimeoutMs }: HttpLimits,
  listener: RequestListener,
) {
  const parsing = {
    maxHeaderSize: maxHeaderBytes,
    // unsupported.ts refuses a request without Host with a problem document.
    requireHostHeader: false,
    connectionsCheckingInterval: headersInterval(headersTimeoutMs),
  };
  if (tls === undefined) return createServer(parsing, listener);
  const options = {
    ...tls.current,
    ...parsing,
    // Never reached: connections.ts closes an overdue handshake sooner, and counts it.
    handshakeTimeout: 2 * headersTimeoutMs,
    // Neither the fast path nor node:https speaks HTTP/2.
    ALPNProtocols: ['http/1.1'],
  };
  const server = createTlsServer(options, listener);
  tls.onChange((contents) => server.setSecureContext(contents));
  return server;
}

/** How often node:http looks for late headers. Its default of 30 s would let them take three times their limit. */
function headersInterval(headersTimeoutMs: number): number {
  return Math.max(1, Math.min(Math.floor(headersTimeoutMs / 10), 500));
}

function setTimeouts(server: Server, options: HttpOptions, connections: Connections): void {
  const { headersTimeoutMs, idleTimeoutMs, keepAliveTimeoutMs } = options;
  // A bulk upload may take hours; its pace is limited, not its length.
  server.requestTimeout = 0;
  server.headersTimeout = Math.max(1, headersTimeoutMs - headersInterval(headersTimeoutMs));
  server.timeout = idleTimeoutMs;
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.on('timeout', (socket: Socket) => {
    const connection = connections.of(socket);
    // The client does not count as silent while it waits for us.
    if (connection !== undefined && waitsForUs(connection)) {
      socket.setTimeout(idleTimeoutMs);
      return;
    }
    if (connection !== undefined) options.onClosing(phaseOf(connection), connection.address);
    socket.destroy();
  });
}

/** Notes on each connection the request that node:http reads from it. */
function noteRequests(connections: Connections, listener: RequestListener): RequestListener {
  return (request, response) => {
    const connection = connections.of(request.socket);
    if (connection !== undefined) beginRequest(connection, request, response);
    listener(request, response);
  };
}

/** The error if the server cannot listen on an address, in one line. */
export function listenError(
  error: unknown,
  host: string,
  port: number,
  portVariable: string,
): StartError {
  const reason = String(error);
  const hostVariable = portVariable.replace(/PORT$/, 'HOST');
  const hint = reason.includes('EADDRINUSE')
    ? `port ${port} on ${host} is taken; set ${portVariable} to a free one ('lsof -i tcp:${port}' names who has it)`
    : /ENOTFOUND|EADDRNOTAVAIL|EAI_AGAIN|EINVAL/.test(reason)
      ? `cannot listen on ${host}; set ${hostVariable} to an address of this machine, without port and brackets: ${reason}`
      : `cannot listen on ${host} port ${port} (${portVariable}): ${reason}`;
  return new StartError(hint, { cause: error });
}
