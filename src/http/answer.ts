import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Failure } from '../domain/failure.js';
import { isDraining } from './connection/draining.js';
import { awaitsContinue } from './connection/expectations.js';
import { noteUntaken } from './connection/untaken-answers.js';
import { DATA_POLICY, policyHeader } from './content-security.js';

/** What a handler answers, independent of the listener that writes it. One object may be sent many times. */
export interface Answer {
  status: number;
  /** Names and values, alternating, which Node writes faster than an object. */
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

/** How long a client that is still sending may go on after its answer, so that it gets to read that. */
const LINGER_MS = 2_000;

/** Writes an answer. A HEAD request gets the headers alone. */
export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  // A client that awaits 100 Continue may leave its body out; its next request would be read as that body.
  const isLast = isDraining(request.socket) || awaitsContinue(request);
  if (isLast) response.setHeader('connection', 'close');
  response.writeHead(answer.status, answer.headers);
  const body = request.method === 'HEAD' ? '' : answer.body;
  if (request.complete) response.end(body);
  else endAfterRequest(request, response, body);
  noteUntaken(request.socket);
}

// To end at once would close the connection while the client still sends its body, and it would never read the answer;
// to read on without limit would let it send for ever.
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
  // A stream that the request is piped into, gunzip say, would stop the flow once nobody reads from it.
  request.unpipe();
  request.resume();
}
