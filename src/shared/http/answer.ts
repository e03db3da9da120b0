import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Failure } from '../failure.js';

/** What a handler answers; what writes it is the business of the listener. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** The body as JSON. */
  json?: unknown;
  /** The body as it is; `headers` says what it is. */
  text?: string;
}

/** How long a client that is still sending may go on after it was answered, so that it reads the answer. */
const LINGER_MS = 2_000;

/** A failure as a problem document (RFC 9457). */
export function problem(failure: Failure): Answer {
  const { http, title } = failure.status;
  return {
    status: http,
    headers: {
      'content-type': 'application/problem+json',
      ...(failure.kind === 'unavailable' && { 'retry-after': '1' }),
      ...failure.options.headers,
    },
    json: {
      type: 'about:blank',
      title,
      status: http,
      detail: failure.message,
      ...failure.options.members,
    },
  };
}

/** Writes an answer. A HEAD request gets the headers alone. */
export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const text = answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json);
  response.writeHead(answer.status, {
    ...(answer.json !== undefined && { 'content-type': 'application/json' }),
    ...(answer.status !== 204 && { 'content-length': Buffer.byteLength(text) }),
    ...answer.headers,
  });
  const body = request.method === 'HEAD' ? '' : text;
  if (request.complete) response.end(body);
  else endAfterRequest(request, response, body);
}

// Ending at once would close the connection under a client in the middle of its body, and take the
// answer with it; reading on without end would let it send for ever.
function endAfterRequest(request: IncomingMessage, response: ServerResponse, body: string): void {
  response.write(body);
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => {
    clearTimeout(timer);
    response.end();
  });
  request.resume();
}
