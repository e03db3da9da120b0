import { createHash } from 'node:crypto';
import type { Need } from '../auth/scope.js';
import type { Answer } from './answer.js';
import type { Route } from './route.js';

export interface Asset {
  path: string;
  needs: Need;
  /** Its media type. */
  type: string;
  content: string | Buffer;
  /** Further headers, names and values, alternating. @default none */
  headers?: readonly string[];
}

/**
 * A file that is served from memory. Streamed from disk instead, each answer would hold the file open, and for ever
 * where it waits behind others on the connection of a client that is gone.
 */
export function createAssetRoute({ path, needs, type, content, headers = [] }: Asset): Route {
  // As bytes, which all answers share; Node would convert a text anew for each client, and keep that until it is sent.
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const always = [
    'etag',
    tag,
    // Browsers ask again each time, so that they see a new release at once.
    'cache-control',
    'no-cache',
    'x-content-type-options',
    'nosniff',
    ...headers,
  ];
  const whole: Answer = {
    status: 200,
    headers: ['content-type', type, 'content-length', String(body.length), ...always],
    body,
  };
  const unchanged: Answer = { status: 304, headers: always, body: '' };
  return {
    method: 'GET',
    path,
    needs,
    isOfService: true,
    handle: (request) =>
      namesTag(String(request.headers['if-none-match'] ?? ''), tag) ? unchanged : whole,
    operation: 'undocumented',
  };
}

/** RFC 9110, section 13.1.2: tags are compared weakly. */
function namesTag(condition: string, tag: string): boolean {
  return condition.split(',').some((part) => {
    const one = part.trim().replace(/^W\//, '');
    return one === tag || one === '*';
  });
}
