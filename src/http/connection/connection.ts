import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isNdjson } from '../request/content.js';
import { waitsToGoOn } from './expectations.js';

/** What a connection may take its time for. */
export interface PaceLimits {
  /** For a TLS handshake, and for the headers of a request. */
  headersTimeoutMs: number;
  /** Between requests, as clients are told. */
  keepAliveTimeoutMs: number;
  /** For a body whose size is limited to come, for an answer to be taken, and for one that nobody may wait for any more. */
  bodyTimeoutMs: number;
  /** Averaged over `bodyGraceMs`; 0 lets a body come as slowly as it likes. */
  minBodyBytesPerSecond: number;
  /** How long a body may be slower than that. */
  bodyGraceMs: number;
}

/** What goes on with a connection. `closing`: all that it will ever be answered is sent. */
const PHASES = ['handshake', 'idle', 'body', 'answer', 'closing'] as const;

type Phase = (typeof PHASES)[number];

/** Why a connection has taken too long: its phase, headers that node:http finds late, or a body that comes too slowly. */
export const OVERDUE = [...PHASES, 'headers', 'slow-body'] as const;

export type Overdue = (typeof OVERDUE)[number];

/** A connection, and what has become of it up to the last look. */
export interface Connection {
  /** What HTTP is spoken on; while hands are shaken, what it was accepted as. */
  socket: Socket;
  /** The address it is from, as far as limits go. */
  readonly address: string;
  phase: Phase;
  /** How long it has been in its phase, without the time in which the client could do nothing. */
  phaseMs: number;
  /** Whether the fast path has yet to answer it. */
  isBusy: boolean;
  /** The last request that node:http has read from it, and what answers that. */
  request?: IncomingMessage;
  response?: ServerResponse;
  /** Since when its bytes are counted: how long ago, and at how many. */
  paceMs: number;
  paceBytes: number;
}

/**
 * How much longer a connection may be idle than its client is told, so that a request that comes at the last moment is
 * not met by its end. node:http has the same.
 */
export const KEEP_ALIVE_BUFFER_MS = 1_000;

/** How long a client that has its last answer may leave the connection open. */
const CLOSING_MS = 2_000;

/** A connection that was just accepted, its hands not shaken yet. */
export function createConnection(socket: Socket, address: string): Connection {
  return {
    ...{ socket, address, phase: 'handshake', phaseMs: 0 },
    ...{ isBusy: false, paceMs: 0, paceBytes: 0 },
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
 * How well a connection can be spared when there are too many: the one that has had no request for longest comes
 * first, then those whose clients do not take their answers, then the slowest of the slow bodies.
 *
 * @returns less for what is to go first; undefined for what is not to go
 */
export function spareRank(connection: Connection, limits: PaceLimits): number | undefined {
  const { phase, phaseMs, paceMs } = connection;
  // Something has become of it since the last look.
  if (phaseOf(connection) !== phase || phaseMs === 0) return undefined;
  if (phase === 'handshake' || phase === 'idle' || phase === 'closing') return -phaseMs;
  if (phase === 'answer') return phaseMs >= limits.bodyGraceMs ? 0 : undefined;
  if (paceMs < limits.bodyGraceMs / SLOW) return undefined;
  const pace = bytesPerSecond(connection);
  return pace < limits.minBodyBytesPerSecond * SLOW ? pace : undefined;
}

/** How many times the least pace of a body is slow still; looked at for that part of the time it is averaged over. */
const SLOW = 10;

/** Whether it is for us to do something, not for the client. */
export function waitsForUs(connection: Connection): boolean {
  return !isClientsTurn(connection, phaseOf(connection));
}

/**
 * Lets time pass for a connection. Only what the client takes is counted: not while we leave its body unread, nor
 * while we work on the answer.
 *
 * @param elapsedMs since the last look, less what our own event loop was late
 * @returns why it is to be closed; undefined while it is not
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
  if (!isClientsTurn(connection, phase)) return undefined;
  connection.phaseMs += elapsedMs;
  if (phase === 'body' && isTooSlow(connection, elapsedMs, limits)) return 'slow-body';
  return connection.phaseMs >= longest(connection, limits) ? phase : undefined;
}

/** What goes on with a connection now. */
export function phaseOf({ phase, socket, isBusy, request, response }: Connection): Phase {
  if (phase === 'handshake') return phase;
  if (socket.writableFinished) return 'closing';
  if (isBusy) return 'answer';
  if (request === undefined || response === undefined || response.closed) return 'idle';
  // A body is not read either while its client leaves earlier answers untaken.
  const isHeldBack = socket.isPaused() && socket.writableLength > 0;
  return request.complete || isHeldBack ? 'answer' : 'body';
}

function isClientsTurn({ socket, request }: Connection, phase: Phase): boolean {
  if (phase === 'answer') return socket.writableLength > 0 || mayHaveGone(socket, request);
  // node:http reads on until as much as this waits to be taken; nothing is read while too many answers are owed.
  if (phase === 'body' && request !== undefined) {
    const isRead = !socket.isPaused() && !waitsToGoOn(request);
    return isRead && request.readableLength < request.readableHighWaterMark;
  }
  return true;
}

/** Whether a client has ended its side, or may have behind what is not read, and cannot be asked whether it is there. */
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
  // Silence ends it sooner; bytes that never make the headers of a request do not put this off.
  if (phase === 'idle') {
    return keepAliveTimeoutMs + Math.max(headersTimeoutMs, KEEP_ALIVE_BUFFER_MS);
  }
  if (phase === 'closing') return CLOSING_MS;
  // Of any size, it may take any time.
  return phase === 'body' && request !== undefined && isNdjson(request)
    ? Number.POSITIVE_INFINITY
    : bodyTimeoutMs;
}
