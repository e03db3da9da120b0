import { connect } from 'node:net';
import { type Answer, takeAnswer } from './answers.js';

/** A connection to an HTTP server, that sends just what it is given. */
export interface Wire {
  write(bytes: Buffer): void;
  /** Resolves to the next whole answer; to undefined once the server has ended the connection. */
  next(): Promise<Answer | undefined>;
  /** Ends our side. */
  halfClose(): void;
  /** Resolves when both sides are closed. */
  closed: Promise<void>;
  destroy(): void;
}

/** Opens a connection to a port of this machine. */
export function openWire(port: number): Wire {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const answers: Answer[] = [];
  let received: Buffer = Buffer.alloc(0);
  let ended = false;
  let waiting: (() => void) | undefined;

  const parse = () => {
    for (;;) {
      const taken = takeAnswer(received, ended);
      if (taken === undefined) break;
      answers.push(taken.answer);
      received = received.subarray(taken.length);
    }
    waiting?.();
  };
  socket.on('data', (bytes) => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
    parse();
  });
  // A server that refuses may close with a reset; what matters is that it closes.
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    const end = () => {
      ended = true;
      parse();
    };
    socket.on('end', end);
    socket.on('close', () => {
      end();
      resolve();
    });
  });

  return {
    write: (bytes) => socket.write(bytes),
    next: () =>
      new Promise((resolve) => {
        const look = () => {
          const answer = answers.shift();
          if (answer === undefined && !ended) return;
          waiting = undefined;
          resolve(answer);
        };
        waiting = look;
        look();
      }),
    halfClose: () => socket.end(),
    closed,
    destroy: () => socket.destroy(),
  };
}
