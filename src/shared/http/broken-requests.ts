import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Failure } from '../failure.js';
import { problem, send } from './answer.js';
import { owedTo, stopReading } from './pipeline.js';
import { serialize } from './serialize.js';

/**
 * Answers what is no HTTP, and what asks of it what is not done here, by a problem document. The answers
 * to whole requests before that have gone out by then.
 *
 * @param maxHeaderBytes the most that the headers of a request may take
 * @param onLate told of a connection that is closed because the headers of a request took too long
 */
export function answerBrokenRequests(
  server: Server,
  maxHeaderBytes: number,
  onLate: (socket: Socket) => void,
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    stopReading(socket);
    if (error.code === LATE) onLate(socket as Socket);
    // Where a part of an answer is out, anything else would be taken for more of it.
    if (!socket.writable || error.code === 'ECONNRESET' || isCut(owedTo(socket))) socket.destroy();
    else socket.end(serialize(problem(toFailure(error, maxHeaderBytes)), 'close'));
  });

  // node:http would close the connection without a word.
  server.on('connect', (_request, socket) => {
    // It has taken its own listeners away.
    socket.on('error', () => socket.destroy());
    socket.end(
      serialize(problem(new Failure('not-implemented', 'CONNECT is not done here')), 'close'),
    );
  });

  server.on('checkExpectation', (request, response) => {
    send(request, response, problem(new Failure('expectation', 'Expect must be 100-continue')));
  });
}

/** What node:http calls headers that took too long; it has no other limit of time here. */
const LATE = 'ERR_HTTP_REQUEST_TIMEOUT';

function isCut(response: ServerResponse | undefined): boolean {
  return response?.headersSent === true && !response.writableFinished;
}

function toFailure({ code }: NodeJS.ErrnoException, maxHeaderBytes: number): Failure {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Failure('long-headers', `the headers must be at most ${maxHeaderBytes} bytes`);
  }
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') {
    return new Failure('too-large', 'the extensions of a chunk must be at most 16384 bytes');
  }
  if (code === 'HPE_INVALID_VERSION')
    return new Failure('version', 'the version must be HTTP/1.1 or HTTP/1.0');
  if (code === LATE) return new Failure('late', 'the headers did not come in time');
  return new Failure('invalid', 'the request is not valid HTTP/1.1');
}
