import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { status } from '@grpc/grpc-js';
import type { Caller } from '../../auth/caller.js';
import type { HeldBytes, Holder } from '../../limits/held-bytes.js';
import { createAnswerWriter } from './answer-writer.js';
import type { ConnectionCall } from './connection-call.js';
import type { Connections } from './connections.js';
import { tooMuch } from './limited-call.js';
import { ACCEPTED_ENCODINGS } from './message-reader.js';
import type { CallEnded } from './metrics.js';
import type { PlainCall } from './plain-calls.js';
import type { PeerOf, PlainPeer } from './plain-peers.js';
import type { ClientWait, ClientWaits } from './slow-clients.js';
import { statusOf } from './status.js';

/** What plain calls share with all others. */
export interface CallResources {
  waits: ClientWaits;
  held: HeldBytes;
  clientOf: (caller: Caller) => string;
  onLimited(limit: 'answer' | 'held-bytes'): void;
  connections: Pick<Connections, 'callBegan'>;
  peerOf: PeerOf;
}

/** What ends a call. */
interface Ending {
  code: status;
  details: string;
  /** The trailers beside them. */
  metadata?: { toHttp2Headers(): OutgoingHttpHeaders };
}

/** What grpc-js sends too: before every status, and before every message. */
const HEADERS = { ':status': 200, 'content-type': 'application/grpc+proto' };
const HEADERS_OF_ANSWER = { ...HEADERS, ...ACCEPTED_ENCODINGS, 'grpc-encoding': 'identity' };
const TRAILERS_OF_ANSWER = { 'grpc-status': status.OK, 'grpc-message': 'OK' };

const writeAnswer = createAnswerWriter(HEADERS_OF_ANSWER, TRAILERS_OF_ANSWER);

const DEADLINE: Ending = { code: status.DEADLINE_EXCEEDED, details: 'Deadline exceeded' };

/**
 * A plain call until its stream is closed: at most one answer or status is written. It is one object, a class, because a
 * function for each of its many parts would make much garbage for each call.
 *
 * The message is kept for it while its credential is verified, and its answer until the client has taken it. An answer has
 * a few hundred bytes, less than its stream itself takes, so only the time for it is limited.
 */
export class PlainLife implements ClientWait, Holder {
  readonly peer: PlainPeer;
  readonly caller: Caller;
  waitedMs = 0;
  heldBytes = 0;
  readonly #stream: ServerHttp2Stream;
  readonly #resources: CallResources;
  readonly #onConnection: ConnectionCall;
  readonly #deadline: NodeJS.Timeout | undefined;
  /** Its name when it first kept bytes: its identity becomes known while it does. */
  #client: string | undefined;
  /** Whether something was written, or nothing can be any more. */
  #isOver = false;
  /** What its client was told. */
  #code: keyof typeof status = 'CANCELLED';

  constructor(
    { stream, headers, startMs }: PlainCall,
    resources: CallResources,
    onEnded: CallEnded,
  ) {
    const { forwardedFor, timeoutMs } = headers;
    this.peer = resources.peerOf(stream.session);
    this.caller = {
      headers: { 'x-forwarded-for': forwardedFor },
      peerAddress: this.peer.address,
      identity: undefined,
      prepaid: 0,
      isGone: () => this.#isOver,
    };
    this.#stream = stream;
    this.#resources = resources;
    this.#onConnection = resources.connections.callBegan(this.peer.name);
    if (timeoutMs !== undefined) {
      this.#deadline = setTimeout(() => this.end(DEADLINE), timeoutMs);
    }
    stream.on('close', () => {
      this.#close();
      onEnded(this.#code, performance.now() - startMs);
    });
    this.peer.streams.opened();
  }

  get client(): string {
    this.#client ??= this.#resources.clientOf(this.caller);
    return this.#client;
  }

  /** Waits until the call is admitted. From then on its message shares its memory with nothing. */
  async admitted(admission: Promise<void>, call: PlainCall): Promise<void> {
    const { held } = this.#resources;
    held.hold(this, call.message.length);
    call.message = Buffer.from(call.message);
    await admission;
    held.hold(this, 0);
  }

  /** The call is admitted: ES works on it. */
  workBegan(): void {
    this.#onConnection.workBegan();
  }

  /** Answers the call. @param frame a message with its prefix */
  succeed(frame: Uint8Array): void {
    if (!this.#mayWrite()) return;
    writeAnswer(this.#stream, frame, () => {
      this.#code = 'OK';
    });
  }

  /** Ends the call without an answer. */
  end({ code, details, metadata }: Ending): void {
    if (!this.#mayWrite()) return;
    const trailers = { 'grpc-status': code, 'grpc-message': encodeURI(details) };
    const headers = { ...trailers, ...HEADERS, ...metadata?.toHttp2Headers() };
    this.#stream.respond(headers, { endStream: true });
    this.#code = (status[code] as keyof typeof status | undefined) ?? 'UNKNOWN';
  }

  // As something that waits for its client to take the answer.
  isServerDelay(): boolean {
    return false;
  }

  expire(): void {
    this.#resources.onLimited('answer');
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  // As something that bytes are kept for.
  giveUp(): void {
    this.#resources.onLimited('held-bytes');
    this.end(statusOf(tooMuch()));
  }

  #mayWrite(): boolean {
    if (this.#isOver || this.#stream.closed || this.#stream.destroyed) return false;
    this.#isOver = true;
    this.#onConnection.workEnded();
    this.#resources.waits.begin(this);
    return true;
  }

  #close(): void {
    const { waits, held } = this.#resources;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    waits.end(this);
    held.hold(this, 0);
    this.#onConnection.over();
    this.peer.streams.closed();
  }
}
