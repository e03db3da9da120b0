import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Failure, type FailureKind } from '../../domain/failure.js';
import { problem, send } from '../answer.js';
import { owedTo, stopReading } from './pipeline.js';
import { serialize } from './serialize.js';

/**
 * Answers invalid HTTP, and requests for parts of HTTP that are not implemented here, with a problem document. Complete
 * requests before it on the same connection have been answered by then.
 *
 * @param maxHeaderBytes maximum size of the headers of a request, in bytes
 * @param onLate called with a connection before it is closed because the headers of a request took too long
 */
export function answerBrokenRequests(
  server: Server,
  maxHeaderBytes: number,
  onLate: (socket: Socket) => void,
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    stopReading(socket);
    if (error.code === LATE) onLate(socket as Socket);
    // A partial response was sent; more bytes would be read as its body.
    if (!socket.writable || error.code === 'ECONNRESET' || isCut(owedTo(socket))) socket.destroy();
    else socket.end(serialize(problem(toFailure(error, maxHeaderBytes)), 'close'));
  });

  // node:http would close the connection without an answer.
  server.on('connect', (_request, socket) => {
    // node:http has removed its own listeners.
    socket.on('error', () => socket.destroy());
    socket.end(
      serialize(problem(new Failure('not-implemented', 'CONNECT is not done here')), 'close'),
    );
  });

  server.on('checkExpectation', (request, response) => {
    send(request, response, problem(new Failure('expectation', 'Expect must be 100-continue')));
  });
}

/** The error of node:http for headers that took too long. Its other time limits are not used here. */
const LATE = 'ERR_HTTP_REQUEST_TIMEOUT';

function isCut(response: ServerResponse | undefined): boolean {
  return response?.headersSent === true && !response.writableFinished;
}

const FIRST_LINE =
  'the first line must be a method in capitals, a path without blanks (%20 instead), and HTTP/1.1';
const LENGTH = 'there must be one Content-Length, a whole number, or Transfer-Encoding: chunked';
const HEADER =
  'a header must be a name, a colon and a value in one line, without control characters';
const VERSION = 'the version must be HTTP/1.1 or HTTP/1.0';

/** The text that clients read for each error of the parser of node:http. */
const FOUND = new Map<string | undefined, [kind: FailureKind, detail: string]>([
  [LATE, ['late', 'the headers did not come in time']],
  ['HPE_INVALID_VERSION', ['version', VERSION]],
  // A client that speaks HTTP/2 without negotiating it begins this way.
  ['HPE_PAUSED_H2_UPGRADE', ['version', VERSION]],
  [
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    ['too-large', 'the extensions of a chunk must be at most 16384 bytes'],
  ],
  [
    'HPE_INVALID_URL',
    [
      'invalid',
      'the path must begin with a slash, and it and the query be percent-encoded, as %20 for a blank',
    ],
  ],
  ['HPE_INVALID_EOF_STATE', ['invalid', 'the request ends before it is complete']],
  ['HPE_INVALID_METHOD', ['invalid', FIRST_LINE]],
  ['HPE_INVALID_CONSTANT', ['invalid', FIRST_LINE]],
  ['HPE_INVALID_CONTENT_LENGTH', ['invalid', LENGTH]],
  ['HPE_UNEXPECTED_CONTENT_LENGTH', ['invalid', LENGTH]],
  ['HPE_INVALID_TRANSFER_ENCODING', ['invalid', LENGTH]],
  ['HPE_INVALID_CHUNK_SIZE', ['invalid', 'the size of a chunk must be a hexadecimal number']],
  ['HPE_INVALID_HEADER_TOKEN', ['invalid', HEADER]],
  ['HPE_CR_EXPECTED', ['invalid', HEADER]],
]);

/** The failure for a request that ends before its body is complete. */
export function cutShort(): Failure {
  return toFailure({ code: 'HPE_INVALID_EOF_STATE' });
}

function toFailure({ code }: Pick<NodeJS.ErrnoException, 'code'>, maxHeaderBytes = 0): Failure {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Failure('long-headers', `the headers must be at most ${maxHeaderBytes} bytes`);
  }
  const [kind, detail] = FOUND.get(code) ?? ['invalid', 'the request is not valid HTTP/1.1'];
  return new Failure(kind, detail);
}
