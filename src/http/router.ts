import type { Need } from '../auth/scope.js';
import { Failure } from '../domain/failure.js';
import { checkNoBody, readQuery } from './request/query.js';
import type { Handler, HttpRequest, Route } from './route.js';

/** The target of a request: a route, or the refusal of a method or path that no route answers. */
export interface Endpoint {
  /** The method of the route; undefined for a refusal. */
  method: Route['method'] | undefined;
  /** The path as routes write it, by which metrics, logs and traces know it. */
  path: string;
  needs: Need;
  /** Whether it accepts any `Host`. */
  anyHost: boolean;
  /**
   * Whether rate limits and traces cover it. They cover everything except the service's own health, metrics and
   * documentation.
   */
  isLimited: boolean;
  /** Answers a request whose client was accepted. */
  answer: Handler;
}

/** Finds the endpoint of each method at one path. */
type EndpointFinder = (method: string) => Endpoint;

/** The endpoints of a service, by path. */
export type Router = ReadonlyMap<string, EndpointFinder>;

/** Methods by path. */
export type MethodsByPath = Readonly<Record<string, readonly string[]>>;

/**
 * Groups routes by path, and adds answers for the methods and paths that have no route: `Allow` for OPTIONS, 405, or a
 * hint.
 *
 * @param ofEs the methods that ES answers and this service does not, for the hints. @default nothing
 * @throws Error for two routes with the same method and path
 */
export function createRouter(routes: readonly Route[], ofEs: MethodsByPath = {}): Router {
  const byPath = new Map<string, [Route, ...Route[]]>();
  for (const route of routes) {
    const { method, path } = route;
    const others = byPath.get(path);
    if (others?.some((other) => other.method === method)) {
      throw new Error(`there are two routes for ${method} ${path}`);
    }
    byPath.set(path, others === undefined ? [route] : [...others, route]);
  }
  const router = new Map<string, EndpointFinder>();
  for (const [path, some] of byPath) router.set(path, createFinder(some, ofEs[path] ?? []));
  for (const [path, methods] of Object.entries(ofEs)) {
    const elsewhere = answeredByEs(path, methods);
    if (!byPath.has(path)) router.set(path, () => elsewhere);
  }
  return router;
}

function createFinder(routes: readonly [Route, ...Route[]], ofEs: readonly string[]) {
  const endpoints = new Map<string, Endpoint>();
  for (const route of routes) {
    const endpoint = endpointOf(route);
    endpoints.set(route.method, endpoint);
    if (route.method === 'GET') endpoints.set('HEAD', endpoint);
  }
  const otherwise = otherMethods(routes, ofEs);
  return (method: string) => endpoints.get(method) ?? otherwise;
}

function endpointOf(route: Route): Endpoint {
  const { method, path, needs, handle, operation, anyHost = false } = route;
  if (!isLimited(route)) {
    return { method, path, needs, anyHost, isLimited: false, answer: handle };
  }
  const parameters = operation === 'undocumented' ? [] : (operation.parameters ?? []);
  const known = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
  const answer = (request: HttpRequest) => {
    request.query = readQuery(request.search, known);
    if (request.method !== 'POST') checkNoBody(request);
    return handle(request);
  };
  return { method, path, needs, anyHost, isLimited: true, answer };
}

function isLimited({ isOfService, needs }: Route): boolean {
  return isOfService !== true && needs.startsWith('segments:');
}

/** Methods in the order that `Allow` lists them. */
const METHODS = [
  ['GET', 'GET, HEAD'],
  ['POST', 'POST'],
  ['DELETE', 'DELETE'],
] as const;

/**
 * Answers every method for which the path has no route. It requires from its client what the first route of the path
 * requires.
 */
function otherMethods(routes: readonly [Route, ...Route[]], ofEs: readonly string[]): Endpoint {
  const [first] = routes;
  const allowed = METHODS.filter(([method]) => routes.some((route) => route.method === method));
  const allow = [...allowed.map(([, shown]) => shown), 'OPTIONS'].join(', ');
  const answer: Handler = ({ method }) => {
    if (method === 'OPTIONS') return { status: 204, headers: ['allow', allow], body: '' };
    const isOfEs = ofEs.includes(method === 'HEAD' ? 'GET' : method);
    const hint = isOfEs ? `; ES answers ${method}` : '';
    throw new Failure('wrong-method', `${method} is not allowed here; use ${allow}${hint}`, {
      headers: { allow },
    });
  };
  const { path, needs, anyHost = false } = first;
  return { method: undefined, path, needs, anyHost, isLimited: isLimited(first), answer };
}

function answeredByEs(path: string, methods: readonly string[]): Endpoint {
  return failingEndpoint(path, () => {
    const names = methods.join(' and ');
    return new Failure('not-found', `this is USS; ES answers ${names} at this path`);
  });
}

/** An endpoint for any client and every method that answers with a failure. */
export function failingEndpoint(path: string, failure: () => unknown): Endpoint {
  const answer = () => {
    throw failure();
  };
  return {
    method: undefined,
    path,
    needs: 'open',
    anyHost: false,
    isLimited: false,
    answer,
  };
}
