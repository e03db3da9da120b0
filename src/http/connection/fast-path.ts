import type { Socket } from 'node:net';
import { type Answer, problem } from '../answer.js';
import { NO_QUERY } from '../request/query.js';
import type { Responder } from '../responder.js';
import type { HttpRequest } from '../route.js';
import { cutShort } from './broken-requests.js';
import { type Connection, KEEP_ALIVE_BUFFER_MS, phaseOf } from './connection.js';
import type { ConnectionsOptions } from './connections.js';
import { DRAIN, isDraining } from './draining.js';
import type { HotRoutes } from './hot-routes.js';
import { readOneByOne } from './pipeline.js';
import { MAX_PLAIN_HEAD_BYTES, type PlainRequest, readPlainRequest } from './plain-request.js';
import { probeClient } from './probe-client.js';
import { serialize } from './serialize.js';
import { createUnfinishedRequest } from './unfinished-request.js';
import { noteUntaken } from './untaken-answers.js';

export interface FastPathOptions {
  hotRoutes: HotRoutes;
  responder: Responder;
  /** How long a connection may be idle, as the Keep-Alive header says. */
  keepAliveTimeoutMs: number;
  /** Maximum of bytes of the head of a request. */
  maxHeaderBytes: number;
  /**
   * How long the rest of a body may take to follow its head, in milliseconds: many clients send them in two packets, one
   * directly behind the other. Slower bodies are left to node:http and its limits.
   *
   * @default 20
   */
  bodyWaitMs?: number;
  /** Called for each connection that was closed because it was silent. */
  onClosing: ConnectionsOptions['onClosing'];
}

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

type HandOver = (socket: Socket) => void;

/** Serves a connection, and hands it over to node:http at the first request that is not for the fast path. */
export type FastPath = (socket: Socket, handOver: HandOver, connection: Connection) => void;

/**
 * Answers plain requests to the hot routes directly on their connection, in half the time that node:http takes. If
 * bytes have any other form, they are put back, and from there on node:http serves the connection. Only node:http decides
 * what is refused, and how.
 */
export function createFastPath(options: FastPathOptions): FastPath {
  const { keepAliveTimeoutMs, maxHeaderBytes, bodyWaitMs = 20 } = options;
  const settings: Settings = {
    ...options,
    bodyWaitMs,
    maxHeadBytes: Math.min(MAX_PLAIN_HEAD_BYTES, maxHeaderBytes),
    keepAlive: `keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveTimeoutMs / 1_000)}`,
  };
  return (socket, handOver, connection) => serve(socket, handOver, connection, settings);
}

interface Settings extends Required<FastPathOptions> {
  /** Maximum of bytes of the head of a plain request. */
  maxHeadBytes: number;
  /** The Connection header of an answer, and the Keep-Alive header after it. */
  keepAlive: string;
}

function serve(
  socket: Socket,
  handOver: HandOver,
  connection: Connection,
  settings: Settings,
): void {
  const { hotRoutes, responder, keepAliveTimeoutMs, bodyWaitMs, onClosing } = settings;
  const { maxHeadBytes, keepAlive } = settings;
  /** The bytes that arrived before the last answer was sent. */
  let early: Buffer | undefined;
  let stopProbing: (() => void) | undefined;

  const probe = () => {
    stopProbing ??= probeClient(() => socket.write(CONTINUE));
  };
  const leaveUnfinished = () => leave(unfinished.take());
  const unfinished = createUnfinishedRequest(bodyWaitMs, leaveUnfinished);
  const onData = (more: Buffer) => {
    if (connection.isBusy) {
      // These bytes are left to node:http, which keeps the order of answers.
      early = early === undefined ? more : Buffer.concat([early, more]);
      socket.pause();
      // The client may have ended its side. This can be noticed only after the bytes that are not read now.
      probe();
      return;
    }
    const bytes = unfinished.take(more);
    const plain = readPlainRequest(bytes, maxHeadBytes);
    const hot = plain && hotRoutes(plain.method, plain.target);
    if (plain === undefined || hot === undefined) {
      leave(bytes);
      return;
    }
    if (plain.missingBytes > 0) {
      unfinished.keep(bytes);
      return;
    }
    unfinished.drop();
    connection.isBusy = true;
    connection.phaseMs = 0;
    const request = toHttpRequest(plain, hot.params, socket);
    void responder.answer(hot.endpoint, request).then(onAnswer);
  };
  const onAnswer = (answer: Answer | undefined) => {
    connection.isBusy = false;
    stopProbing?.();
    stopProbing = undefined;
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
    unfinished.drop();
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
  const onEnd = () => {
    if (connection.isBusy) probe();
    else if (unfinished.isThere) socket.end(serialize(problem(cutShort()), 'close'));
    else socket.end();
  };
  const onDrain = () => {
    if (unfinished.isThere) leaveUnfinished();
    else if (!connection.isBusy) socket.end();
  };
  const onClose = () => {
    unfinished.drop();
    stopProbing?.();
  };
  const listeners: [event: string | symbol, listener: (bytes: Buffer) => void][] = [
    ['data', onData],
    ['end', onEnd],
    [DRAIN, onDrain],
    ['timeout', onSilence],
    ['error', () => socket.destroy()],
    ['close', onClose],
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
