import type { Endpoint, Router } from '../router.js';

/** An endpoint for a request, and the parameters of its path. */
interface Found {
  endpoint: Endpoint;
  params: Record<string, string>;
}

/**
 * Finds the endpoint of a request to one of the routes with most traffic, in a fraction of the time of a general router.
 *
 * @param url as in the request line
 * @returns undefined for every other route, and if only a full check can tell what is wrong
 */
export type HotRoutes = (method: string, url: string) => Found | undefined;

/** The routes whose requests have everything in the body. */
const POSTED = ['/segment', '/segments', '/counts'];
const COUNT = '/segment/:segment';
const COUNT_PREFIX = COUNT.slice(0, COUNT.indexOf(':'));

/** @throws Error if the router lacks one of these routes */
export function createHotRoutes(router: Router): HotRoutes {
  const posted = new Map(
    POSTED.map((path): [string, Found] => [
      path,
      { endpoint: endpointOf(router, 'POST', path), params: {} },
    ]),
  );
  const count = endpointOf(router, 'GET', COUNT);
  return (method, url) => {
    if (method === 'POST') return posted.get(url);
    if (method !== 'GET' || !url.startsWith(COUNT_PREFIX)) return undefined;
    const segment = segmentOf(url);
    return segment === undefined ? undefined : { endpoint: count, params: { segment } };
  };
}

function endpointOf(router: Router, method: string, path: string): Endpoint {
  const endpoint = router.get(path)?.(method);
  if (endpoint?.method !== method) throw new Error(`there is no route for ${method} ${path}`);
  return endpoint;
}

/** The segment of a URL, percent-decoded. */
function segmentOf(url: string): string | undefined {
  const query = url.indexOf('?');
  const encoded = url.slice(COUNT_PREFIX.length, query < 0 ? url.length : query);
  if (encoded === '' || encoded.includes('/') || url.includes('#')) return undefined;
  if (!encoded.includes('%')) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
