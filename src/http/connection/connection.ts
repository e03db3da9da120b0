import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isNdjson } from '../request/content.js';
import { awaitsContinue } from './expectations.js';

/** How long a connection may take, in milliseconds, and how slowly a body may arrive. */
export interface PaceLimits {
  /** For a TLS handshake, and for the headers of a request. */
  headersTimeoutMs: number;
  /** Between requests, as the Keep-Alive header says. */
  keepAliveTimeoutMs: number;
  /**
   * For a body of limited size to arrive, for a client to read its answer, and for an answer whose client may have gone.
   */
  bodyTimeoutMs: number;
  /** Averaged over `bodyGraceMs`; 0 sets no limit. */
  minBodyBytesPerSecond: number;
  /** How long a body may be slower than `minBodyBytesPerSecond`. */
  bodyGraceMs: number;
}

/** The phases of a connection. `closing`: its last answer has been sent. */
const PHASES = ['handshake', 'idle', 'body', 'answer', 'closing'] as const;

type Phase = (typeof PHASES)[number];

/** Why a connection is overdue: its phase, headers that node:http finds late, or a body that arrives too slowly. */
export const OVERDUE = [...PHASES, 'headers', 'slow-body'] as const;

export type Overdue = (typeof OVERDUE)[number];

/** A connection, and its state as of the last look at it. */
export interface Connection {
  /** The socket that HTTP is read from; during a TLS handshake, the socket that was accepted. */
  socket: Socket;
  /** The client's address, or its /64 network of IPv6. Limits count for this address. */
  readonly address: string;
  phase: Phase;
  /** How long it has been in its phase, without the time in which it waited for us. */
  phaseMs: number;
  /** Whether the fast path still has to answer it. */
  isBusy: boolean;
  /** The last request that node:http has read from it, and the response to that. */
  request?: IncomingMessage;
  response?: ServerResponse;
  /** When the measuring of its pace began: how long ago, and at how many bytes. */
  paceMs: number;
  paceBytes: number;
}

/**
 * How much longer a connection may be idle than the Keep-Alive header says, so that a request sent at the last moment does
 * not find it closed. node:http adds the same time.
 */
export const KEEP_ALIVE_BUFFER_MS = 1_000;

/** How long a client may leave the connection open after its last answer. */
const CLOSING_MS = 2_000;

/** A connection that was just accepted, before any TLS handshake. */
export function createConnection(socket: Socket, address: string): Connection {
  return {
    socket,
    address,
    phase: 'handshake',
    phaseMs: 0,
    isBusy: false,
    paceMs: 0,
    paceBytes: 0,
  };
}

/** Notes that node:http has read the headers of a request. */
export function beginRequest(
  connection: Connection,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  connection.request = request;
  connection.response = response;
  connection.phase = 'body';
  connection.phaseMs = 0;
  connection.paceMs = 0;
  connection.paceBytes = connection.socket.bytesRead;
}

/**
 * Ranks a connection for closing if there are too many. The order is: connections without a request, the longest idle
 * first; then connections whose clients do not read their answers; then slow bodies, the slowest first.
 *
 * @returns a rank; the lower, the earlier the connection is closed; undefined if it stays open
 */
export function spareRank(connection: Connection, limits: PaceLimits): number | undefined {
  const { phase, phaseMs, paceMs } = connection;
  // Its phase has changed since the last look.
  if (phaseOf(connection) !== phase || phaseMs === 0) return undefined;
  if (phase === 'handshake' || phase === 'idle' || phase === 'closing') return -phaseMs;
  if (phase === 'answer') return phaseMs >= limits.bodyGraceMs ? 0 : undefined;
  if (paceMs < limits.bodyGraceMs / SLOW) return undefined;
  const pace = bytesPerSecond(connection);
  return pace < limits.minBodyBytesPerSecond * SLOW ? pace : undefined;
}

/**
 * A body counts as slow below this many times the least pace, once it was watched for one SLOW-th of `bodyGraceMs`.
 */
const SLOW = 10;

/** Whether the connection waits for us to act, not for the client. */
export function waitsForUs(connection: Connection): boolean {
  return !waitsForClient(connection, phaseOf(connection));
}

/**
 * Lets time pass for a connection. Only the client's time is counted, not the time while we leave its body unread or work
 * on the answer.
 *
 * @param elapsedMs since the last look, without the delay of our own event loop
 * @returns why it must be closed now; undefined if it may stay open
 */
export function passTime(
  connection: Connection,
  elapsedMs: number,
  limits: PaceLimits,
): Overdue | undefined {
  const phase = phaseOf(connection);
  if (phase !== connection.phase) {
    connection.phase = phase;
    connection.phaseMs = 0;
  }
  if (!waitsForClient(connection, phase)) return undefined;
  connection.phaseMs += elapsedMs;
  if (phase === 'body' && isTooSlow(connection, elapsedMs, limits)) return 'slow-body';
  return connection.phaseMs >= longest(connection, limits) ? phase : undefined;
}

/** The present phase of a connection. */
export function phaseOf({ phase, socket, isBusy, request, response }: Connection): Phase {
  if (phase === 'handshake') return phase;
  if (socket.writableFinished) return 'closing';
  if (isBusy) return 'answer';
  if (request === undefined || response === undefined || response.closed) return 'idle';
  // We do not read a body while its client leaves earlier answers unread.
  const isHeldBack = socket.isPaused() && socket.writableLength > 0;
  return request.complete || isHeldBack ? 'answer' : 'body';
}

function waitsForClient({ socket, request }: Connection, phase: Phase): boolean {
  if (phase === 'answer') return socket.writableLength > 0 || mayHaveGone(socket, request);
  // node:http stops reading a body at its high-water mark, and pauses the socket while too many answers are unread.
  if (phase === 'body' && request !== undefined) {
    const isRead = !socket.isPaused() && !awaitsContinue(request);
    return isRead && request.readableLength < request.readableHighWaterMark;
  }
  return true;
}

/**
 * Whether an HTTP/1.0 client has ended its side, or may have ended it unnoticed: such a client cannot be probed with 100
 * Continue.
 */
function mayHaveGone(socket: Socket, request: IncomingMessage | undefined): boolean {
  return request?.httpVersionMinor === 0 && (socket.readableEnded || socket.isPaused());
}

function isTooSlow(
  connection: Connection,
  elapsedMs: number,
  { bodyGraceMs, minBodyBytesPerSecond }: PaceLimits,
): boolean {
  connection.paceMs += elapsedMs;
  if (connection.paceMs < bodyGraceMs) return false;
  const pace = bytesPerSecond(connection);
  connection.paceMs = 0;
  connection.paceBytes = connection.socket.bytesRead;
  return pace < minBodyBytesPerSecond;
}

function bytesPerSecond({ socket, paceMs, paceBytes }: Connection): number {
  return (socket.bytesRead - paceBytes) / (paceMs / 1_000);
}

function longest({ phase, request }: Connection, limits: PaceLimits): number {
  const { headersTimeoutMs, keepAliveTimeoutMs, bodyTimeoutMs } = limits;
  if (phase === 'handshake') return headersTimeoutMs;
  // Silence ends the connection sooner. Bytes that never become the complete headers of a request do not extend this time.
  if (phase === 'idle') {
    return keepAliveTimeoutMs + Math.max(headersTimeoutMs, KEEP_ALIVE_BUFFER_MS);
  }
  if (phase === 'closing') return CLOSING_MS;
  // NDJSON may have any size, and so may take any time.
  return phase === 'body' && request !== undefined && isNdjson(request)
    ? Number.POSITIVE_INFINITY
    : bodyTimeoutMs;
}
