import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Caller } from '../auth/caller.js';
import type { Need } from '../auth/scope.js';
import { Failure } from '../domain/failure.js';
import type { Answer } from './answer.js';
import { checkNoBody, NO_QUERY, readQuery } from './request/asked.js';

/** A request as handlers see it, whatever read it. */
export interface HttpRequest extends Caller {
  method: string;
  /** Path parameters, percent-decoded. */
  params: Record<string, string>;
  /** The query as it came, without the question mark. */
  search: string;
  /** The same, read: of routes that clients' work goes to, with no parameter but known ones. */
  query: URLSearchParams;
  /** As it comes, or whole where it has come already. */
  body: Readable | Buffer;
}

export type Handler = (request: HttpRequest) => Answer | Promise<Answer>;

/** One path and what it answers to each method; any other method gets 405. */
export interface Route {
  /** As Express writes it: `/segment/:segment`. */
  path: string;
  /** What it asks of its client, whatever the method but for those below. */
  needs: Need;
  /** What a method asks for where that is something else. */
  needsOf?: { GET?: Need; DELETE?: Need };
  /** Whether it is about the service itself, and so no work that one client could take from another. */
  isOfService?: true;
  /** Whether it answers by whatever name it is asked: it tells nothing that anybody could not know. */
  anyHost?: true;
  get?: Handler;
  /** Query parameters that `get` knows; none unless given. No other method has any. */
  parameters?: readonly string[];
  post?: Handler;
  delete?: Handler;
  /** Answers every method. */
  any?: Handler;
  /** Methods that ES answers here, and this service does not. */
  ofEs?: readonly string[];
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

/** Whether what clients may ask of it is limited: of all but health, metrics and documentation. */
export function isLimited({ isOfService, needs }: Route): boolean {
  return isOfService !== true && needs.startsWith('segments:');
}

/** What a request by some method asks of its client. */
export function needsOf({ needs, needsOf: more }: Route, method: string): Need {
  if (more === undefined) return needs;
  if (method === 'GET' || method === 'HEAD') return more.GET ?? needs;
  return (method === 'DELETE' ? more.DELETE : undefined) ?? needs;
}

/**
 * What a route answers to a request.
 *
 * @throws Failure `wrong-method` for a method it has no answer to, `not-found` where it answers none, `invalid` for what it
 *   would pass over
 */
export function handle(route: Route, request: HttpRequest): Answer | Promise<Answer> {
  const handler = handlerOf(route, request.method);
  if (handler !== undefined) {
    if (isLimited(route)) readAsked(route, request);
    return handler(request);
  }
  const allow = allowedMethods(route);
  const { ofEs = [] } = route;
  if (ofEs.length > 0 && allow === 'OPTIONS') {
    throw new Failure('not-found', `this is USS; ES answers ${ofEs.join(' and ')} at this path`);
  }
  if (request.method === 'OPTIONS') return { status: 204, headers: ['allow', allow], body: '' };
  const isOfEs = ofEs.includes(request.method === 'HEAD' ? 'GET' : request.method);
  const hint = isOfEs ? `; ES answers ${request.method}` : '';
  throw new Failure('wrong-method', `${request.method} is not allowed here; use ${allow}${hint}`, {
    headers: { allow },
  });
}

function readAsked({ get, parameters = [] }: Route, request: HttpRequest): void {
  const isGet = request.method === 'GET' || request.method === 'HEAD';
  request.query = readQuery(request.search, isGet && get !== undefined ? parameters : []);
  if (request.method !== 'POST') checkNoBody(request);
}

function handlerOf(route: Route, method: string): Handler | undefined {
  if (route.any) return route.any;
  if (method === 'GET' || method === 'HEAD') return route.get;
  if (method === 'DELETE') return route.delete;
  return method === 'POST' ? route.post : undefined;
}

function allowedMethods(route: Route): string {
  const { get, post, delete: remove } = route;
  const methods = [get && 'GET, HEAD', post && 'POST', remove && 'DELETE', 'OPTIONS'];
  return methods.filter(Boolean).join(', ');
}

function searchOf(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start + 1);
}
