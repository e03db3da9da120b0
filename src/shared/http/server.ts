import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Release, StartError } from '../lifecycle.js';
import type { Logger } from '../logger.js';
import { type TlsFiles, type TlsPaths, watchServerTls } from '../tls/files.js';
import { answerBrokenRequests } from './broken-requests.js';
import { drain } from './draining.js';
import type { FastPath } from './fast-path.js';

export interface ListenOptions {
  /** Interface to listen on. */
  host: string;
  /** Port; 0 takes a free one. */
  port: number;
  /** The environment variable that sets the port, named when the port is taken. */
  portVariable: string;
}

/** What a client may take of a server; all in milliseconds but for the two that are not. */
export interface HttpLimits {
  maxConnections: number;
  maxHeaderBytes: number;
  headersTimeoutMs: number;
  /** Of silence in the middle of a request. */
  idleTimeoutMs: number;
  /** Between requests. */
  keepAliveTimeoutMs: number;
}

export interface HttpOptions extends ListenOptions, HttpLimits {
  /** Whose `X-Forwarded-For` is believed. */
  trustedProxies: string;
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
  const server = createServerOf(tls, options, listener);
  const connections = new Set<Socket>();
  // With TLS a connection is there for HTTP once hands are shaken; until then it may only be cut.
  const event = tls === undefined ? 'connection' : 'secureConnection';
  const takeOver = server.listeners(event) as ((socket: Socket) => void)[];
  server.removeAllListeners(event);
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.on(event, (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    fastPath(socket, () => {
      for (const take of takeOver) take.call(server, socket);
    });
  });
  server.on('checkContinue', goOnOnlyWithContent(listener));
  answerBrokenRequests(server, options.maxHeaderBytes);
  // A bulk upload may take hours; what bounds it is silence, not its length.
  server.requestTimeout = 0;
  server.headersTimeout = options.headersTimeoutMs;
  server.timeout = options.idleTimeoutMs;
  server.keepAliveTimeout = options.keepAliveTimeoutMs;
  server.maxConnections = options.maxConnections;

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      tls?.stop();
      reject(listenError(error, host, port, portVariable));
    });
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: (limit) =>
      new Promise((resolve, reject) => {
        const cut = () => {
          for (const connection of connections) connection.destroy();
        };
        limit.addEventListener('abort', cut);
        if (limit.aborted) cut();
        // A keep-alive client would otherwise hold the closing server open until its idle timeout.
        for (const connection of connections) drain(connection);
        const timer = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_INTERVAL_MS);
        server.close((error) => {
          tls?.stop();
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
  if (tls === undefined) return createServer({ maxHeaderSize: maxHeaderBytes }, listener);
  const options = {
    ...tls.current,
    maxHeaderSize: maxHeaderBytes,
    handshakeTimeout: headersTimeoutMs,
    // The fast path knows HTTP/1.1 alone, as node:https does.
    ALPNProtocols: ['http/1.1'],
  };
  const server = createTlsServer(options, listener);
  tls.onChange((contents) => server.setSecureContext(contents));
  return server;
}

/**
 * Tells clients to go on where they have content to send; others are owed no 100 (RFC 9110, section 10.1.1).
 * node:http would put it between the headers and the bytes of a file that waits for an earlier answer.
 */
function goOnOnlyWithContent(listener: RequestListener): RequestListener {
  return (request, response) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    if (length !== undefined || coding !== undefined) response.writeContinue();
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
  const hint = reason.includes('EADDRINUSE')
    ? `port ${port} on ${host} is taken; set ${portVariable} to a free one`
    : `cannot listen on ${host} port ${port} (${portVariable}): ${reason}`;
  return new StartError(hint, { cause: error });
}
