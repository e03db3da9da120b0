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
 * A file that is served from memory. If it were streamed from disk, each answer would keep the file open; an answer that
 * waits behind others on the connection of a client that has gone would keep it open for ever.
 */
export function createAssetRoute({ path, needs, type, content, headers = [] }: Asset): Route {
  // Bytes are shared by all answers. Node.js would convert a text again for each client, and keep the copy until it is
  // sent.
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const always = [
    'etag',
    tag,
    // Browsers ask again each time, so that they see a new release immediately.
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
