import { constants, type ServerHttp2Stream } from 'node:http2';
import { Failure, toFailure } from '../../domain/failure.js';
import type { HeldBytes, Holder } from '../../limits/held-bytes.js';
import type { CallInsides } from './call-insides.js';
import type { ClientTurns, Turn } from './client-turns.js';
import { createMessageReader } from './message-reader.js';

/** What a call can go beyond: how many there may be, the size of a message or its form, its time, or the bytes of all. */
type CallLimit = 'calls' | 'message' | 'message-time' | 'held-bytes';

export interface LimitedCallOptions {
  insides: CallInsides;
  /** Largest message. */
  maxBytes: number;
  /** Whether the client may send as many messages as it likes. */
  takesMany: boolean;
  turns: ClientTurns;
  held: HeldBytes;
  /** The name of its client. */
  client: () => string;
  /** Ends the call with a status. */
  refuse(failure: Failure, limit: CallLimit): void;
  /** Told when nothing is left to do but for its client to take the answer. */
  onAnswering(): void;
  /** Told when the call is cut off because its answer was not taken. */
  onCut(): void;
}

/** A call, as far as its client can make it last, or make us keep bytes for it. */
export interface LimitedCall {
  /** The client is to send its one request from now on. */
  expectRequest(): void;
  /** The handler has a message. */
  delivered(): void;
  /** One of many answers is on its way. */
  answered(): void;
  /** The one request is whole, and the handler's. */
  requestEnded(): void;
  /** The only answer is on its way, and nothing but the status comes after it. */
  answering(): void;
  refuse(failure: Failure, limit: CallLimit): void;
  /** The stream is closed. */
  closed(): void;
}

/** Has a call keep its limits: of the size of a message, of time for its client, and of bytes that are kept for it. */
export function limitCall(options: LimitedCallOptions): LimitedCall {
  const { insides, maxBytes, takesMany, turns, held, client } = options;
  const { stream } = insides;
  let partBytes = 0;
  // Messages that are whole and have no handler yet.
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
  const answering = () => {
    // Who answers may come later than that.
    if (isClosed) return;
    if (!isAnswering) {
      isAnswering = true;
      options.onAnswering();
      reader.drop();
      insides.readQueue.length = 0;
      turns.begin(turn);
      endWithStatus(stream);
    }
    held.hold(turn, stream.writableLength);
  };
  const turn: Turn & Holder = {
    get client() {
      return client();
    },
    waitedMs: 0,
    heldBytes: 0,
    isOurs: () => !isAnswering && stream.isPaused(),
    expire: () => (isAnswering ? cut() : refuse(late(), 'message-time')),
    giveUp: () => (isAnswering ? cut() : refuse(tooMuch(), 'held-bytes')),
  };
  const cut = () => {
    options.onCut();
    stream.close(constants.NGHTTP2_CANCEL);
  };
  const reader = createMessageReader({
    maxBytes,
    takesMany,
    onKeep(bytes) {
      // Of one message only; what a call with one request waits for is the end of that.
      if (takesMany && partBytes === 0) turns.begin(turn);
      if (takesMany && bytes === 0) turns.end(turn);
      partBytes = bytes;
      held.hold(turn, partBytes + waitingBytes);
      if (refusal !== undefined) throw refusal;
    },
  });
  insides.decoder = {
    write(chunk) {
      if (isAnswering) return [];
      try {
        const messages = reader.read(chunk);
        for (const { length } of messages) waitingBytes += length;
        waiting += messages.length;
        if (messages.length > 0) held.hold(turn, partBytes + waitingBytes);
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
  const letGo = () => {
    turns.end(turn);
    held.hold(turn, 0);
  };
  // Beside the requests of a stream its answers have a turn of their own.
  const answers: Turn & Holder = {
    get client() {
      return client();
    },
    waitedMs: 0,
    heldBytes: 0,
    isOurs() {
      const isTaken = stream.writableLength === 0;
      if (isTaken) letAnswersGo();
      return isTaken;
    },
    expire: () => cut(),
    giveUp: () => cut(),
  };
  const letAnswersGo = () => {
    turns.end(answers);
    held.hold(answers, 0);
  };

  return {
    expectRequest: () => turns.begin(turn),
    delivered() {
      waiting -= 1;
      // The one request of a call is kept until it has ended, or its handler would wait for that.
      if (waiting > 0 || !takesMany) return;
      waitingBytes = 0;
      held.hold(turn, partBytes);
    },
    answered() {
      if (isClosed) return;
      const untaken = stream.writableLength;
      if (untaken > 0 && answers.heldBytes === 0) turns.begin(answers);
      held.hold(answers, untaken);
    },
    requestEnded() {
      // It is the client's turn to take the answer then.
      if (!isAnswering) letGo();
    },
    answering,
    refuse,
    closed() {
      isClosed = true;
      letGo();
      letAnswersGo();
    },
  };
}

/** How soon a call is looked at whose status is on its way; then after twice as long, up to the longest. */
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 1_000;

/**
 * Ends a call once its status has left, whether or not its client has ended its side: it would have its place, and what it
 * sent be kept, until the client does (RFC 9113, section 8.1). Sooner, the reset would take the place of the status.
 */
function endWithStatus(stream: ServerHttp2Stream): void {
  const look = (againMs: number) => {
    if (stream.closed || stream.state.remoteClose === 1) return;
    if (stream.state.localClose === 1) stream.close(constants.NGHTTP2_NO_ERROR);
    else setTimeout(look, againMs, Math.min(2 * againMs, LONGEST_LOOK_MS));
  };
  stream.once('finish', () => setImmediate(look, FIRST_LOOK_MS));
}

function late(): Failure {
  return new Failure('deadline', 'the message took too long to come');
}

function tooMuch(): Failure {
  return new Failure('limited', 'too many messages are on their way');
}
