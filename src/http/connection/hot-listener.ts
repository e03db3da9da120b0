import type { RequestListener } from 'node:http';
import type { Responder } from '../responder.js';
import type { Route } from '../route.js';

export interface HotListenerOptions {
  routes: readonly Route[];
  responder: Responder;
  /** Serves every other path, and those of the hot ones that take more than a look. */
  otherwise: RequestListener;
}

/** Path of the hot routes, as they are among the routes. */
export const STORE = '/segment';
export const COUNT = '/segment/:segment';

const COUNT_PREFIX = '/segment/';

/** A segment, percent-encoded, and what follows `?`; nothing that a router would have to think about. */
const SEGMENT = /^([^/?#]+)(?:\?[^#]*)?$/;

/**
 * Finds the two routes that carry the traffic without going through Express, which costs several times
 * what the rest of such a request does. Routes are guarded and answered by the same responder.
 */
export function createHotListener(options: HotListenerOptions): RequestListener {
  const { routes, responder, otherwise } = options;
  const store = routes.find(({ path }) => path === STORE);
  const count = routes.find(({ path }) => path === COUNT);

  return (request, response) => {
    const url = request.url ?? '';
    if (store !== undefined && url === STORE) {
      responder.respond(store, request, response, {});
      return;
    }
    const segment = count !== undefined && url.startsWith(COUNT_PREFIX) && segmentOf(url);
    if (count === undefined || typeof segment !== 'string') {
      otherwise(request, response);
      return;
    }
    responder.respond(count, request, response, { segment });
  };
}

/** The segment of a path; undefined where it is for the router to say what is wrong. */
function segmentOf(url: string): string | undefined {
  const encoded = SEGMENT.exec(url.slice(COUNT_PREFIX.length))?.[1];
  if (!encoded?.includes('%')) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
