import type { OutgoingHttpHeaders } from 'node:http2';
import { status } from '@grpc/grpc-js';
import type { Caller } from '../../auth/caller.js';
import type { CallLimits } from './call-limits.js';
import type { Connections } from './connections.js';
import type { NoteStream } from './grpc-internals.js';
import { PREFIX_BYTES } from './message-part.js';
import { ACCEPTED_ENCODINGS } from './message-reader.js';
import { type CallEnded, nameOf } from './metrics.js';
import type { PlainCall } from './plain-calls.js';
import { peerOf } from './plain-peers.js';

/** What ends a call. */
interface Ending {
  code: status;
  details: string;
  /** The trailers beside them. */
  metadata?: { toHttp2Headers(): OutgoingHttpHeaders };
}

/** A plain call until its stream is closed. */
export interface PlainLife {
  caller: Caller;
  /** Waits until the call is admitted. @returns the message, which then shares its memory with nothing */
  wait(message: Buffer, admitted: Promise<void>): Promise<Buffer>;
  /** The call is admitted: ES works on it. */
  workBegan(): void;
  /** Answers the call. */
  succeed(message: Uint8Array): void;
  /** Ends the call without an answer. */
  end(ending: Ending): void;
}

export interface PlainLifeOptions {
  limits: Pick<CallLimits, 'limitPlain'>;
  connections: Pick<Connections, 'callBegan'>;
  /** Tells grpc-js of the stream, so that it does not take the connection for idle. */
  noteStream: NoteStream;
}

/** What grpc-js sends too: before every status, and before every message. */
const HEADERS = { ':status': 200, 'content-type': 'application/grpc+proto' };
const HEADERS_OF_ANSWER = { ...HEADERS, ...ACCEPTED_ENCODINGS, 'grpc-encoding': 'identity' };
const OK_TRAILERS = { 'grpc-status': status.OK, 'grpc-message': 'OK' };

const DEADLINE: Ending = { code: status.DEADLINE_EXCEEDED, details: 'Deadline exceeded' };

/** Begins the life of a plain call, in which at most one answer or status is written. */
export function beginPlainLife(
  { stream, headers, startMs }: PlainCall,
  { limits, connections, noteStream }: PlainLifeOptions,
  onEnded: CallEnded,
): PlainLife {
  const peer = peerOf(stream.session);
  const connectionCall = connections.callBegan(peer.name);
  // As far as the client has been told.
  let code = status.CANCELLED;
  let isOver = false;

  const caller: Caller = {
    headers: { 'x-forwarded-for': headers.forwardedFor },
    peerAddress: () => peer.address,
    identity: undefined,
    prepaid: 0,
    isGone: () => isOver,
  };
  /** @returns whether nothing was written yet, and something still can be */
  const mayWrite = (): boolean => {
    if (isOver || stream.closed || stream.destroyed) return false;
    isOver = true;
    connectionCall.workEnded();
    limit.answering();
    return true;
  };
  const end = (ending: Ending) => {
    if (!mayWrite()) return;
    code = ending.code;
    const trailers = { 'grpc-status': code, 'grpc-message': encodeURI(ending.details) };
    stream.respond(
      { ...trailers, ...HEADERS, ...ending.metadata?.toHttp2Headers() },
      { endStream: true },
    );
  };
  const limit = limits.limitPlain(stream, caller, end);
  const { timeoutMs } = headers;
  const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs, DEADLINE);
  stream.once('close', () => {
    isOver = true;
    clearTimeout(timer);
    limit.closed();
    connectionCall.over();
    onEnded(nameOf(code), performance.now() - startMs);
  });
  noteStream(stream);

  return {
    caller,
    async wait(message, admitted) {
      const own = limit.keep(message);
      await admitted;
      limit.free();
      return own;
    },
    workBegan() {
      if (!isOver) connectionCall.workBegan();
    },
    succeed(message) {
      if (!mayWrite()) return;
      stream.respond(HEADERS_OF_ANSWER, { waitForTrailers: true });
      stream.once('wantTrailers', () => {
        code = status.OK;
        stream.sendTrailers(OK_TRAILERS);
      });
      stream.end(framed(message));
    },
    end,
  };
}

function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}
