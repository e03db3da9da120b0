import type { Socket } from 'node:net';
import type { Answer } from '../answer.js';
import { NO_QUERY } from '../request/query.js';
import type { Responder } from '../responder.js';
import type { HttpRequest } from '../route.js';
import { type Connection, KEEP_ALIVE_BUFFER_MS, phaseOf } from './connection.js';
import type { ConnectionsOptions } from './connections.js';
import { DRAIN, isDraining } from './draining.js';
import type { HotRoutes } from './hot-routes.js';
import { readOneByOne } from './pipeline.js';
import { MAX_PLAIN_HEAD_BYTES, type PlainRequest, readPlainRequest } from './plain-request.js';
import { serialize } from './serialize.js';
import { noteUntaken } from './untaken-answers.js';

export interface FastPathOptions {
  hotRoutes: HotRoutes;
  responder: Responder;
  /** How long a connection may be idle, as the Keep-Alive header says. */
  keepAliveTimeoutMs: number;
  /** Maximum of bytes of the head of a request. */
  maxHeaderBytes: number;
  /** Called for each connection that was closed because it was silent. */
  onClosing: ConnectionsOptions['onClosing'];
}

type HandOver = (socket: Socket) => void;

/** Serves a connection, and hands it over to node:http at the first request that is not for the fast path. */
export type FastPath = (socket: Socket, handOver: HandOver, connection: Connection) => void;

/**
 * Answers plain requests to the hot routes directly on their connection, in half the time that node:http takes. If
 * bytes have any other form, they are put back, and from there on node:http serves the connection. Only node:http decides
 * what is refused, and how.
 */
export function createFastPath(options: FastPathOptions): FastPath {
  const { keepAliveTimeoutMs, maxHeaderBytes } = options;
  const settings: Settings = {
    ...options,
    maxHeadBytes: Math.min(MAX_PLAIN_HEAD_BYTES, maxHeaderBytes),
    keepAlive: `keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveTimeoutMs / 1_000)}`,
  };
  return (socket, handOver, connection) => serve(socket, handOver, connection, settings);
}

interface Settings extends FastPathOptions {
  /** Maximum of bytes of the head of a plain request. */
  maxHeadBytes: number;
  /** The Connection header of an answer, and the Keep-Alive header after it. */
  keepAlive: string;
}

function serve(
  socket: Socket,
  handOver: HandOver,
  connection: Connection,
  { hotRoutes, responder, keepAliveTimeoutMs, onClosing, maxHeadBytes, keepAlive }: Settings,
): void {
  /** The bytes that arrived before the last answer was sent. */
  let early: Buffer | undefined;

  const onData = (bytes: Buffer) => {
    if (connection.isBusy) {
      // These bytes are left to node:http, which keeps the order of answers.
      early = early === undefined ? bytes : Buffer.concat([early, bytes]);
      socket.pause();
      return;
    }
    const plain = readPlainRequest(bytes, maxHeadBytes);
    const hot = plain && hotRoutes(plain.method, plain.target);
    if (plain === undefined || hot === undefined) {
      leave(bytes);
      return;
    }
    connection.isBusy = true;
    connection.phaseMs = 0;
    const request = toHttpRequest(plain, hot.params, socket);
    void responder.answer(hot.endpoint, request).then(onAnswer);
  };
  const onAnswer = (answer: Answer | undefined) => {
    connection.isBusy = false;
    if (answer === undefined || socket.destroyed) return;
    const isLast = isDraining(socket) || socket.readableEnded;
    const isFlushed = socket.write(serialize(answer, isLast ? 'close' : keepAlive));
    noteUntaken(socket);
    if (isLast) socket.end();
    else if (early !== undefined) leave(early);
    else if (!isFlushed) {
      socket.pause();
      socket.once('drain', () => socket.resume());
    }
  };
  const leave = (bytes: Buffer) => {
    for (const [event, listener] of listeners) socket.off(event as 'data', listener);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(bytes);
    handOver(socket);
    readOneByOne(socket);
    socket.resume();
  };
  const onSilence = () => {
    if (connection.isBusy) return;
    onClosing(phaseOf(connection), connection.address);
    socket.destroy();
  };
  const endIfIdle = () => {
    if (!connection.isBusy) socket.end();
  };
  const listeners: [event: string | symbol, listener: (bytes: Buffer) => void][] = [
    ['data', onData],
    ['end', endIfIdle],
    [DRAIN, endIfIdle],
    ['timeout', onSilence],
    ['error', () => socket.destroy()],
  ];
  for (const [event, listener] of listeners) socket.on(event as 'data', listener);
  socket.setTimeout(keepAliveTimeoutMs + KEEP_ALIVE_BUFFER_MS);
}

function toHttpRequest(
  { method, search, headers, body }: PlainRequest,
  params: Record<string, string>,
  socket: Socket,
): HttpRequest {
  // No spread of the plain request: it would add a fifth to the time of a request.
  return {
    method,
    headers,
    params,
    search,
    query: NO_QUERY,
    body,
    identity: undefined,
    prepaid: 0,
    peerAddress: () => socket.remoteAddress,
    isGone: () => socket.destroyed,
  };
}
