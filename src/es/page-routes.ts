import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Need } from '../shared/auth/scope.js';
import { type Answer, textAnswer } from '../shared/http/answer.js';
import type { HttpRequest, Route } from '../shared/http/route.js';
import { StartError } from '../shared/lifecycle.js';

/** Where the page is built to; as far from the sources as from what they are compiled to. */
const FOLDER = new URL('../../dist/page/', import.meta.url);

const ASSETS = {
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** All of the page is files of its own from here, and it asks nobody else for anything. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  // Browsers keep the files, and ask each time whether they are still the same: so a page never meets the script
  // of another version for longer than a deployment takes.
  'cache-control': 'no-cache',
};

/**
 * The page at `/` and what it is made of, all read at once and served from memory.
 *
 * @param needs what it asks of its client
 * @param windowDays how many UTC days this ES counts
 * @throws StartError when the page was not built
 */
export function createPageRoutes(needs: Need, windowDays: number): Route[] {
  const html = readBuilt('index.html').replace('{{windowDays}}', String(windowDays));
  const assets = Object.entries(ASSETS).map(([name, type]) => ({
    path: `/assets/${name}`,
    needs,
    get: fileHandler(readBuilt(name), type),
  }));
  return [{ path: '/', needs, get: fileHandler(html, 'text/html; charset=utf-8') }, ...assets];
}

function readBuilt(name: string): string {
  try {
    return readFileSync(new URL(name, FOLDER), 'utf8');
  } catch (error) {
    throw new StartError('the page is not built; npm run build does that', { cause: error });
  }
}

function fileHandler(text: string, type: string): (request: HttpRequest) => Answer {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  const headers = { etag, ...HEADERS };
  const whole = textAnswer(200, text, { 'content-type': type, ...headers });
  const unchanged: Answer = { status: 304, headers: Object.entries(headers).flat(), body: '' };
  return (request) => (has(request.headers['if-none-match'], etag) ? unchanged : whole);
}

/** Whether `If-None-Match` names a version (RFC 9110, section 13.1.2). */
function has(condition: string | string[] | undefined, etag: string): boolean {
  const tags = String(condition ?? '').split(',');
  return tags.some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
}
