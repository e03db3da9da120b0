import type { Readable } from 'node:stream';
import { NO_QUERY } from '../../src/http/request/query.js';
import type { HttpRequest } from '../../src/http/route.js';

/** A POST as routes get it. */
export function makeRequest(
  body: Readable | Buffer,
  headers: Record<string, string> = {},
  isGone = () => false,
): HttpRequest {
  return {
    method: 'POST',
    headers,
    params: {},
    search: '',
    query: NO_QUERY,
    body,
    isGone,
    peerAddress: () => undefined,
    identity: undefined,
    prepaid: 0,
  };
}
