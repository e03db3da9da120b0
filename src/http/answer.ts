import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Failure } from '../domain/failure.js';
import { isDraining } from './connection/draining.js';
import { awaitsContinue } from './connection/expectations.js';
import { noteUntaken } from './connection/untaken-answers.js';
import { DATA_POLICY, policyHeader } from './content-security.js';

/** The answer of a handler, independent of the listener that writes it. One object may be sent many times. */
export interface Answer {
  status: number;
  /** Names and values, alternating. Node.js writes such an array faster than an object. */
  headers: string[];
  body: string | Buffer;
}

/** An answer with a text as its body, and its length in the headers. */
export function textAnswer(status: number, body: string, headers: Record<string, string>): Answer {
  const length = String(Buffer.byteLength(body));
  return { status, headers: [...Object.entries(headers).flat(), 'content-length', length], body };
}

/** JSON is never cached, sniffed or framed. */
const DATA_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': policyHeader(DATA_POLICY),
  'x-content-type-options': 'nosniff',
};

/** An answer with a value as JSON. */
export function jsonAnswer(status: number, value: unknown): Answer {
  return textAnswer(status, JSON.stringify(value), {
    'content-type': 'application/json',
    ...DATA_HEADERS,
  });
}

/** The problem document for a failure (RFC 9457), with its `code` and the `field` at fault. */
export function problemDocument({ status, code, message, options }: Failure) {
  const { field, members } = options;
  return {
    type: 'about:blank',
    title: status.title,
    status: status.http,
    detail: message,
    code,
    ...(field !== undefined && { field }),
    ...members,
  };
}

/** The answer for a failure. */
export function problem(failure: Failure): Answer {
  const { headers } = failure.options;
  return textAnswer(failure.status.http, JSON.stringify(problemDocument(failure)), {
    'content-type': 'application/problem+json',
    ...DATA_HEADERS,
    ...(failure.kind === 'unavailable' && { 'retry-after': '1' }),
    ...headers,
  });
}

/** How long a client that is still sending may go on after its answer, so that it can read the answer. */
const LINGER_MS = 2_000;

/** Writes an answer. A HEAD request gets only the headers. */
export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  // A client that waits for 100 Continue may send no body; its next request would then be read as the body.
  const isLast = isDraining(request.socket) || awaitsContinue(request);
  if (isLast) response.setHeader('connection', 'close');
  response.writeHead(answer.status, answer.headers);
  const body = request.method === 'HEAD' ? '' : answer.body;
  if (request.complete) response.end(body);
  else endAfterRequest(request, response, body);
  noteUntaken(request.socket);
}

// If the connection ended immediately, the client would still be sending its body and would never read the answer. If
// reading had no limit, the client could send for ever.
function endAfterRequest(
  request: IncomingMessage,
  response: ServerResponse,
  body: string | Buffer,
): void {
  response.write(body);
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => {
    clearTimeout(timer);
    response.end();
  });
  // A stream that the request is piped into, such as gunzip, would stop the flow when nobody reads from it.
  request.unpipe();
  request.resume();
}
