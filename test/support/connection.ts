import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  beginRequest,
  type Connection,
  createConnection,
  type PaceLimits,
  passTime,
} from '../../src/http/connection/connection.js';

export const LIMITS: PaceLimits = {
  headersTimeoutMs: 1_000,
  keepAliveTimeoutMs: 500,
  bodyTimeoutMs: 6_000,
  minBodyBytesPerSecond: 100,
  bodyGraceMs: 1_000,
};

const LOOK_MS = 100;

/** What of a socket, a request and an answer is looked at. */
export interface Seen {
  bytesRead: number;
  /** Bytes of the answer that the client has not taken. */
  untaken: number;
  /** Bytes of the body that nobody has read. */
  unread: number;
  /** Whether nothing is read from it, as it is owed too much. */
  paused: boolean;
  complete: boolean;
  answered: boolean;
  ended: boolean;
  type: string;
}

/** A connection on which a request has begun, and what the test changes of it. */
export function begun(start: Partial<Seen> = {}): { connection: Connection; seen: Seen } {
  const seen: Seen = {
    bytesRead: 0,
    untaken: 0,
    unread: 0,
    paused: false,
    complete: false,
    answered: false,
    ended: false,
    type: 'application/json',
    ...start,
  };
  const socket = {
    isPaused: () => seen.paused,
    get bytesRead() {
      return seen.bytesRead;
    },
    get writableLength() {
      return seen.untaken;
    },
    get writableFinished() {
      return seen.ended;
    },
  } as Socket;
  const request = {
    readableHighWaterMark: 16_384,
    headers: { 'content-type': seen.type },
    get readableLength() {
      return seen.unread;
    },
    get complete() {
      return seen.complete;
    },
  } as IncomingMessage;
  const response = {
    get closed() {
      return seen.answered;
    },
  } as ServerResponse;
  const connection = createConnection(socket, '192.0.2.1');
  connection.phase = 'idle';
  beginRequest(connection, request, response);
  return { connection, seen };
}

/** Lets looks pass until there is a reason to close, or there were so many. */
export function look(connection: Connection, looks: number, each: () => void = () => {}) {
  for (let passed = LOOK_MS; passed <= looks * LOOK_MS; passed += LOOK_MS) {
    each();
    const why = passTime(connection, LOOK_MS, LIMITS);
    if (why !== undefined) return { why, passed };
  }
  return undefined;
}
