import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Answers that one connection may be owed; its next request is read once there are fewer. */
export const MAX_OWED = 16;

/** How often a client that has ended its side is asked whether it is there, while it is owed answers. */
const ASK_INTERVAL_MS = 500;

interface Pipeline {
  /** What the connection is owed, oldest first. */
  owed: Set<ServerResponse>;
  /** Whether no more is read because too much is owed. */
  heldBack: boolean;
  /** How many bytes of a body of known length are to come, of the request read last. */
  bodyLeft: number;
  /** Whether what comes is no HTTP any more. */
  broken: boolean;
}

const pipelines = new WeakMap<object, Pipeline>();

function pipelineOf(socket: object): Pipeline {
  let pipeline = pipelines.get(socket);
  if (pipeline === undefined) {
    pipeline = { owed: new Set(), heldBack: false, bodyLeft: 0, broken: false };
    pipelines.set(socket, pipeline);
  }
  return pipeline;
}

/** The answers that a connection is owed, oldest first. */
export function owedTo(socket: object): ServerResponse[] {
  return [...pipelineOf(socket).owed];
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
    pipeline.owed.add(response);
    pipeline.bodyLeft = Number(headers['content-length'] ?? 0);
    response.once('close', () => {
      pipeline.owed.delete(response);
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

const HEAD_END = '\r\n\r\n';

/**
 * Gives a connection's bytes to node:http no faster than their requests are answered. It would make all requests of
 * the 64 KiB it has read at once, and of each an answer that is held until the client reads.
 *
 * @param socket one that node:http has just taken
 */
export function readInTurn(socket: Socket): void {
  const pipeline = pipelineOf(socket);
  const [give] = socket.listeners('data') as [(bytes: Buffer) => void];
  socket.off('data', give);
  socket.on('data', (bytes: Buffer) => {
    let rest = bytes;
    while (rest.length > 0 && !pipeline.broken && !socket.destroyed) {
      // node:http holds back the body of a request that is not read so fast.
      if (!socket.isPaused() && pipeline.owed.size >= MAX_OWED) {
        pipeline.heldBack = true;
        socket.pause();
      }
      if (socket.isPaused()) {
        socket.unshift(rest);
        return;
      }
      const length = pipeline.bodyLeft > 0 ? pipeline.bodyLeft : headLength(rest);
      const some = rest.subarray(0, length);
      pipeline.bodyLeft = Math.max(0, pipeline.bodyLeft - some.length);
      give(some);
      rest = rest.subarray(some.length);
    }
  });
  socket.once('end', () => askWhetherThere(socket, pipeline));
}

/** As much as can be of no more than one request; of a body in chunks any part will do. */
function headLength(bytes: Buffer): number {
  const end = bytes.indexOf(HEAD_END);
  return end < 0 ? bytes.length : end + HEAD_END.length;
}

/**
 * Whether a client has gone or has only ended its side is told by what becomes of the next bytes to it, so an interim
 * answer that clients pass over is sent (RFC 9110, section 15.2.1).
 */
function askWhetherThere(socket: Socket, { owed }: Pipeline): void {
  const timer = setInterval(() => {
    const [next] = owed;
    if (next === undefined) clearInterval(timer);
    // HTTP/1.0 knows no interim answer.
    else if (!next.headersSent && next.req.httpVersionMinor > 0) next.writeContinue();
  }, ASK_INTERVAL_MS);
  socket.once('close', () => clearInterval(timer));
}
