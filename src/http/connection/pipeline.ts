import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createMessageCutter, type MessageCutter } from './message-cutter.js';
import { probeClient } from './probe-client.js';
import { noteTaken } from './untaken-answers.js';

interface Pipeline {
  /** The response that is due on the connection. */
  owed: ServerResponse | undefined;
  /** Whether reading is paused until that response was sent. */
  heldBack: boolean;
  cutter: MessageCutter;
  /** Whether its bytes are not valid HTTP any more. */
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

/** The response that is due on a connection. */
export function owedTo(socket: object): ServerResponse | undefined {
  return pipelineOf(socket).owed;
}

/** Passes no more bytes of a connection to node:http, because they are not valid HTTP any more. */
export function stopReading(socket: object): void {
  pipelineOf(socket).broken = true;
}

/**
 * Tracks the response that is due on each connection of a server. If a client ends its side, it still gets the answer to
 * every request that was complete by then (RFC 9112, section 9.6).
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
 * Passes the bytes of a connection to node:http one request at a time; the next request follows when the client has read
 * the previous answer. Otherwise node:http would start every request within the 64 KiB that it reads in one step, and keep
 * all answers until the client reads them.
 *
 * @param socket a connection that node:http has just taken over
 */
export function readOneByOne(socket: Socket): void {
  const pipeline = pipelineOf(socket);
  const [give] = socket.listeners('data') as [(bytes: Buffer) => void];
  socket.off('data', give);
  socket.on('data', (bytes: Buffer) => {
    let rest = bytes;
    // Bytes after a request whose answer closes the connection are ignored.
    while (rest.length > 0 && !pipeline.broken && socket.writable) {
      // node:http itself pauses the socket while a body is read too slowly.
      if (!socket.isPaused() && pipeline.owed?.req.complete) {
        pipeline.heldBack = true;
        socket.pause();
        // The client may have ended its side. This can be noticed only after the bytes that are not read now.
        probeClientOf(pipeline.owed);
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
  socket.once('end', () => pipeline.owed && probeClientOf(pipeline.owed));
}

/** Finds out whether the client of a response has gone. */
function probeClientOf(owed: ServerResponse): void {
  if (owed.req.httpVersionMinor === 0) return;
  const stop = probeClient(() => {
    if (!owed.headersSent) owed.writeContinue();
  });
  owed.once('close', stop);
}
