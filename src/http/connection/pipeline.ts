import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createMessageCutter, type MessageCutter } from './message-cutter.js';
import { noteTaken } from './untaken.js';

/** How often a client that may have ended its side is asked whether it is there, while it is owed an answer. */
const ASK_INTERVAL_MS = 500;

interface Pipeline {
  /** The answer that the connection is owed. */
  owed: ServerResponse | undefined;
  /** Whether no more is read until it has that. */
  heldBack: boolean;
  cutter: MessageCutter;
  /** Whether what comes is no HTTP any more. */
  broken: boolean;
}

const pipelines = new WeakMap<object, Pipeline>();

function pipelineOf(socket: object): Pipeline {
  let pipeline = pipelines.get(socket);
  if (pipeline === undefined) {
    pipeline = { owed: undefined, cutter: createMessageCutter(), heldBack: false, broken: false };
    pipelines.set(socket, pipeline);
  }
  return pipeline;
}

/** The answer that a connection is owed. */
export function owedTo(socket: object): ServerResponse | undefined {
  return pipelineOf(socket).owed;
}

/** Gives node:http nothing more of a connection: its bytes are no HTTP any more. */
export function stopReading(socket: object): void {
  pipelineOf(socket).broken = true;
}

/**
 * Keeps track of what each connection of a server is owed, and has a client that ends its side be answered all that
 * it asked for whole before that (RFC 9112, section 9.6).
 */
export function trackPipelines(server: Server): void {
  const note = ({ socket, headers }: IncomingMessage, response: ServerResponse) => {
    const pipeline = pipelineOf(socket);
    pipeline.owed = response;
    pipeline.cutter.headRead(headers);
    response.once('close', () => {
      pipeline.owed = undefined;
      noteTaken(socket);
      if (!pipeline.heldBack) return;
      pipeline.heldBack = false;
      socket.resume();
    });
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) {
    server.prependListener(event, note);
  }
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
}

/**
 * Gives a connection's bytes to node:http one request after the other, the next once the answer before was taken. It
 * would make all requests of the 64 KiB it has read at once, and of each an answer that is held until the client reads.
 *
 * @param socket one that node:http has just taken
 */
export function readInTurn(socket: Socket): void {
  const pipeline = pipelineOf(socket);
  const [give] = socket.listeners('data') as [(bytes: Buffer) => void];
  socket.off('data', give);
  socket.on('data', (bytes: Buffer) => {
    let rest = bytes;
    // Nothing counts behind a request whose answer ends the connection.
    while (rest.length > 0 && !pipeline.broken && socket.writable) {
      // node:http holds back the body of a request that is not read so fast.
      if (!socket.isPaused() && pipeline.owed?.req.complete) {
        pipeline.heldBack = true;
        socket.pause();
        // The end of its side may be behind what is not read.
        askWhetherThere(pipeline.owed);
      }
      if (socket.isPaused()) {
        socket.unshift(rest);
        return;
      }
      const length = pipeline.cutter.next(rest);
      give(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  });
  socket.once('end', () => pipeline.owed && askWhetherThere(pipeline.owed));
}

/**
 * Whether a client has gone or has only ended its side is told by what becomes of the next bytes to it, so an interim
 * answer that clients pass over is sent (RFC 9110, section 15.2.1), until there is another.
 */
function askWhetherThere(owed: ServerResponse): void {
  // HTTP/1.0 knows no interim answer; see connection.ts.
  if (owed.req.httpVersionMinor === 0) return;
  const timer = setInterval(() => {
    if (!owed.headersSent) owed.writeContinue();
  }, ASK_INTERVAL_MS);
  owed.once('close', () => clearInterval(timer));
}
