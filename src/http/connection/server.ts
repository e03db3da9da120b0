import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createTrust } from '../../limits/client-address.js';
import { type Release, StartError } from '../../process/lifecycle.js';
import type { Logger } from '../../telemetry/logger.js';
import { type TlsFiles, type TlsPaths, watchServerTls } from '../../tls/files.js';
import { acceptConnections } from './accept.js';
import { answerBrokenRequests } from './broken-requests.js';
import { beginRequest, phaseOf, waitsForUs } from './connection.js';
import {
  type ConnectionLimits,
  type Connections,
  type ConnectionsOptions,
  watchConnections,
} from './connections.js';
import { drain } from './draining.js';
import { goOnWhenRead } from './expectations.js';
import type { FastPath } from './fast-path.js';
import { trackPipelines } from './pipeline.js';

export interface ListenOptions {
  /** Interface to listen on. */
  host: string;
  /** Port; 0 takes a free one. */
  port: number;
  /** The environment variable that sets the port, named when the port is taken. */
  portVariable: string;
}

/** What a client may take of a server; all in milliseconds but for the two that are not. */
interface HttpLimits extends ConnectionLimits {
  maxHeaderBytes: number;
  /** Of silence in the middle of a request. */
  idleTimeoutMs: number;
}

export interface HttpOptions extends ListenOptions, HttpLimits {
  /** Whose `X-Forwarded-For` is believed, and who may have any share of the connections. */
  trustedProxies: string;
  /** Told of each connection that is closed for a limit. */
  onClosing: ConnectionsOptions['onClosing'];
  /** Its certificate; none serves without TLS. */
  tls: TlsPaths;
  logger: Logger;
}

export interface Listening {
  /** The port that was bound. */
  port: number;
  close: Release;
}

/** How often a closing server looks for connections that have become idle. */
const CLOSE_IDLE_INTERVAL_MS = 20;

/**
 * Serves HTTP until closed. A connection is the fast path's first, and node:http's from the first request
 * that is not for it. Closing accepts nothing more, lets what is in flight finish, and cuts what
 * is left when the limit is reached.
 *
 * @throws StartError when the port cannot be had
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
    goOnWhenRead(request, response);
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
    close: (limit) =>
      new Promise((resolve, reject) => {
        const cut = () => {
          for (const { socket } of connections) socket.destroy();
        };
        limit.addEventListener('abort', cut);
        if (limit.aborted) cut();
        // A keep-alive client would otherwise hold the closing server open until its idle timeout.
        for (const { socket } of connections) drain(socket);
        const timer = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_INTERVAL_MS);
        server.close((error) => {
          tls?.stop();
          connections.stop();
          clearInterval(timer);
          if (error) reject(error);
          else resolve();
        });
      }),
  };
}

function createServerOf(
  tls: TlsFiles | undefined,
  { maxHeaderBytes, headersTimeoutMs }: HttpLimits,
  listener: RequestListener,
) {
  const parsing = {
    maxHeaderSize: maxHeaderBytes,
    // One without is answered by a problem document, as all that is refused.
    requireHostHeader: false,
    connectionsCheckingInterval: headersInterval(headersTimeoutMs),
  };
  if (tls === undefined) return createServer(parsing, listener);
  const options = {
    ...tls.current,
    ...parsing,
    // What takes too long is ended sooner, as any connection that does, and counted.
    handshakeTimeout: 2 * headersTimeoutMs,
    // The fast path knows HTTP/1.1 alone, as node:https does.
    ALPNProtocols: ['http/1.1'],
  };
  const server = createTlsServer(options, listener);
  tls.onChange((contents) => server.setSecureContext(contents));
  return server;
}

/** How often node:http looks for headers that are late; its own 30 s would let them take three times their limit. */
function headersInterval(headersTimeoutMs: number): number {
  return Math.max(1, Math.min(Math.floor(headersTimeoutMs / 10), 500));
}

function setTimeouts(server: Server, options: HttpOptions, connections: Connections): void {
  const { headersTimeoutMs, idleTimeoutMs, keepAliveTimeoutMs } = options;
  // A bulk upload may take hours; what bounds it is how slowly it comes, not its length.
  server.requestTimeout = 0;
  server.headersTimeout = Math.max(1, headersTimeoutMs - headersInterval(headersTimeoutMs));
  server.timeout = idleTimeoutMs;
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.on('timeout', (socket: Socket) => {
    const connection = connections.of(socket);
    // Silence that we make is not the client's.
    if (connection !== undefined && waitsForUs(connection)) {
      socket.setTimeout(idleTimeoutMs);
      return;
    }
    if (connection !== undefined) options.onClosing(phaseOf(connection), connection.address);
    socket.destroy();
  });
}

/** Has connections know the requests that node:http reads from them. */
function noteRequests(connections: Connections, listener: RequestListener): RequestListener {
  return (request, response) => {
    const connection = connections.of(request.socket);
    if (connection !== undefined) beginRequest(connection, request, response);
    listener(request, response);
  };
}

/** The one line for an address that cannot be listened on. */
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
