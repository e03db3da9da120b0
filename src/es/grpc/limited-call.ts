import { constants, type ServerHttp2Stream } from 'node:http2';
import { Failure, toFailure } from '../../domain/failure.js';
import type { HeldBytes, Holder } from '../../limits/held-bytes.js';
import type { CallInsides } from './grpc-internals.js';
import { createMessageReader } from './message-reader.js';
import type { ClientWait, ClientWaits } from './slow-clients.js';
import { createUntakenAnswers } from './untaken-answers.js';

/** The limits of a call: the number of calls, the size and form of a message, its time, and the bytes of all calls. */
type CallLimit = 'calls' | 'message' | 'message-time' | 'held-bytes';

export interface LimitedCallOptions {
  insides: CallInsides;
  /** Largest message, in bytes. */
  maxBytes: number;
  /** Whether the client may send any number of messages. */
  takesMany: boolean;
  waits: ClientWaits;
  held: HeldBytes;
  /** The name of its client. */
  client: () => string;
  /** Ends the call with a status. */
  refuse(failure: Failure, limit: CallLimit): void;
  /** Called when the server has finished and only waits for the client to take the answer. */
  onAnswering(): void;
  /** Called when the call is cut off because its answer was not taken. */
  onCut(): void;
}

/**
 * Limits how long a client can make a call last, and how many bytes are kept for it. Each method is an event of the call.
 */
export interface LimitedCall {
  /** From now on the client has to send the request of a unary call. */
  expectRequest(): void;
  /** A message was passed to the handler. */
  delivered(): void;
  /** One of many answers was written. */
  answered(): void;
  /** The request of a unary call is complete and was passed to the handler. */
  requestEnded(): void;
  /** The only answer was written; only the status follows. */
  answering(): void;
  refuse(failure: Failure, limit: CallLimit): void;
  /** The stream is closed. */
  closed(): void;
}

/** Applies the limits of size, time and kept bytes to a call. */
export function limitCall(options: LimitedCallOptions): LimitedCall {
  const { insides, maxBytes, takesMany, waits, held, client } = options;
  const { stream } = insides;
  let partBytes = 0;
  // The number of complete messages that are not passed to the handler yet.
  let waiting = 0;
  let waitingBytes = 0;
  let isAnswering = false;
  let isClosed = false;
  let refusal: Failure | undefined;

  const refuse = (failure: Failure, limit: CallLimit) => {
    if (refusal !== undefined) return;
    refusal = failure;
    options.refuse(failure, limit);
  };
  const cut = () => {
    options.onCut();
    stream.close(constants.NGHTTP2_CANCEL);
  };
  /** The request while it arrives, and then the only answer until the client takes it. */
  const request: ClientWait & Holder = {
    get client() {
      return client();
    },
    waitedMs: 0,
    heldBytes: 0,
    isServerDelay: () => !isAnswering && stream.isPaused(),
    expire: () => (isAnswering ? cut() : refuse(late(), 'message-time')),
    giveUp: () => (isAnswering ? cut() : refuse(tooMuch(), 'held-bytes')),
  };
  const release = () => {
    waits.end(request);
    held.hold(request, 0);
  };
  const answers = createUntakenAnswers({ stream, waits, held, client, cut });
  const reader = createMessageReader({
    maxBytes,
    takesMany,
    onKeep(bytes) {
      // In a stream each message has a time limit of its own; in other calls the time runs until the request has ended.
      if (takesMany && partBytes === 0) waits.begin(request);
      if (takesMany && bytes === 0) waits.end(request);
      partBytes = bytes;
      held.hold(request, partBytes + waitingBytes);
      if (refusal !== undefined) throw refusal;
    },
  });
  const answering = () => {
    // The handler may answer a call that has closed already.
    if (isClosed) return;
    if (!isAnswering) {
      isAnswering = true;
      options.onAnswering();
      reader.drop();
      insides.readQueue.length = 0;
      waits.begin(request);
      endWithStatus(stream);
    }
    held.hold(request, stream.writableLength);
  };
  insides.decoder = {
    write(chunk) {
      if (isAnswering) return [];
      try {
        const messages = reader.read(chunk);
        for (const { length } of messages) waitingBytes += length;
        waiting += messages.length;
        if (messages.length > 0) held.hold(request, partBytes + waitingBytes);
        return refusal === undefined ? messages : [];
      } catch (error) {
        refuse(toFailure(error), 'message');
        return [];
      }
    },
  };
  const { sendStatus } = insides;
  insides.sendStatus = (status) => {
    sendStatus.call(insides, status);
    answering();
  };

  return {
    expectRequest: () => waits.begin(request),
    delivered() {
      waiting -= 1;
      // The request of a unary call is kept until it has ended, because its handler is called only then.
      if (waiting > 0 || !takesMany) return;
      waitingBytes = 0;
      held.hold(request, partBytes);
    },
    answered() {
      if (!isClosed) answers.written();
    },
    requestEnded() {
      // While the call answers, it still waits for the client to take the answer.
      if (!isAnswering) release();
    },
    answering,
    refuse,
    closed() {
      isClosed = true;
      release();
      answers.release();
    },
  };
}

/**
 * How soon after its status was written a call is checked. Each next check comes after twice as long, up to the maximum.
 */
const FIRST_CHECK_MS = 10;
const LONGEST_CHECK_MS = 1_000;

/**
 * Ends a call after its status was sent, even if the client has not ended its side (RFC 9113, section 8.1). Otherwise the
 * client could keep the call open, and the server would keep the bytes that it sent. If the call ended sooner, the client
 * would get the reset instead of the status.
 */
function endWithStatus(stream: ServerHttp2Stream): void {
  const check = (againMs: number) => {
    if (stream.closed || stream.state.remoteClose === 1) return;
    if (stream.state.localClose === 1) stream.close(constants.NGHTTP2_NO_ERROR);
    else setTimeout(check, againMs, Math.min(2 * againMs, LONGEST_CHECK_MS));
  };
  stream.once('finish', () => setImmediate(check, FIRST_CHECK_MS));
}

function late(): Failure {
  return new Failure('deadline', 'the message took too long to come');
}

/** The failure of a call when too many bytes are kept for all calls. */
export function tooMuch(): Failure {
  return new Failure('limited', 'too many messages are on their way');
}
