import type { ServerHttp2Stream } from 'node:http2';
import type { HeldBytes, Holder } from '../../limits/held-bytes.js';
import type { ClientWait, ClientWaits } from './slow-clients.js';

export interface UntakenAnswersOptions {
  stream: ServerHttp2Stream;
  waits: ClientWaits;
  held: HeldBytes;
  /** The name of the client. */
  client: () => string;
  /** Cuts off the call: its client does not take the answers, or they need too many bytes. */
  cut: () => void;
}

/** The answers of a stream that its client has not taken yet. They wait separately from the requests of the stream. */
export interface UntakenAnswers {
  /** Another answer was written. */
  written(): void;
  /** Stops waiting, and frees the bytes. */
  release(): void;
}

export function createUntakenAnswers(options: UntakenAnswersOptions): UntakenAnswers {
  const { stream, waits, held, client, cut } = options;
  const release = () => {
    waits.end(answers);
    held.hold(answers, 0);
  };
  const answers: ClientWait & Holder = {
    get client() {
      return client();
    },
    waitedMs: 0,
    heldBytes: 0,
    isServerDelay() {
      const isTaken = stream.writableLength === 0;
      if (isTaken) release();
      return isTaken;
    },
    expire: cut,
    giveUp: cut,
  };
  return {
    written() {
      const untaken = stream.writableLength;
      if (untaken > 0 && answers.heldBytes === 0) waits.begin(answers);
      held.hold(answers, untaken);
    },
    release,
  };
}
