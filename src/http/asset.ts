import { createHash } from 'node:crypto';
import type { Need } from '../auth/scope.js';
import type { Route } from './route.js';

/**
 * A file that is served from memory. As a stream, each answer would hold the file open, and one that waits
 * behind others on its connection for ever, once the client is gone.
 *
 * @param type its media type
 * @param more headers, names and values in turn
 */
export function createAssetRoute(
  path: string,
  needs: Need,
  type: string,
  content: string | Buffer,
  more: readonly string[] = [],
): Route {
  // A text would be made bytes for each client anew, and those kept until it takes them.
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  // Asked for again each time, so that a new release is seen at once.
  const own = ['etag', tag, 'cache-control', 'no-cache', 'x-content-type-options', 'nosniff'];
  const kept = [...own, ...more];
  const length = String(body.length);
  const whole = {
    status: 200,
    headers: ['content-type', type, 'content-length', length, ...kept],
    body,
  };
  const unchanged = { status: 304, headers: kept, body: '' };
  return {
    path,
    needs,
    isOfService: true,
    get: ({ headers }) =>
      namesTag(String(headers['if-none-match'] ?? ''), tag) ? unchanged : whole,
  };
}

/** RFC 9110, section 13.1.2: tags are compared weakly. */
function namesTag(condition: string, tag: string): boolean {
  return condition.split(',').some((part) => {
    const one = part.trim().replace(/^W\//, '');
    return one === tag || one === '*';
  });
}
