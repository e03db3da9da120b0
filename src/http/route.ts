import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Caller } from '../auth/caller.js';
import type { Need } from '../auth/scope.js';
import type { Answer } from './answer.js';
import type { Operation } from './openapi/operation.js';
import { NO_QUERY } from './request/query.js';

/** A request in the form that handlers see, for any listener. */
export interface HttpRequest extends Caller {
  method: string;
  /** Path parameters, percent-decoded. */
  params: Record<string, string>;
  /** The query as it arrived, without the question mark. */
  search: string;
  /** The same, parsed, with known parameters only. Empty for routes of the service itself, which read no query. */
  query: URLSearchParams;
  /** A stream, or the complete body if it has arrived already. */
  body: Readable | Buffer;
}

export type Handler = (request: HttpRequest) => Answer | Promise<Answer>;

/** One method at one path: what it requires from its client, its handler, and its documentation. */
export interface Route {
  /** HEAD is answered as GET, without the body. */
  method: 'GET' | 'POST' | 'DELETE';
  /** In the form of Express: `/segment/:segment`. */
  path: string;
  needs: Need;
  /** Set on routes about the service itself (metrics, documentation), which no rate limit counts. Open routes are not counted either. */
  isOfService?: true;
  /** Set on routes that answer whatever `Host` a client names, since anybody may know what they answer. */
  anyHost?: true;
  handle: Handler;
  /** Its entry in the OpenAPI document, which also lists the query parameters that it accepts. */
  operation: Operation | 'undocumented';
  /** The schemas that its operation refers to by name, except the schema of problems. @default none */
  schemas?: Readonly<Record<string, object>>;
}

/** A request of node:http. */
export function toHttpRequest(
  request: IncomingMessage,
  params: Record<string, string>,
): HttpRequest {
  return {
    method: request.method ?? '',
    headers: request.headers,
    params,
    search: searchOf(request.url ?? ''),
    query: NO_QUERY,
    body: request,
    identity: undefined,
    prepaid: 0,
    peerAddress: () => request.socket.remoteAddress,
    isGone: () => request.socket.destroyed,
  };
}

function searchOf(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start + 1);
}
