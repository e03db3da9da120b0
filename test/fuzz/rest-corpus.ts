import { gzipSync } from 'node:zlib';
import { rawRequest } from '../support/raw.js';
import type { Dice } from './dice.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const LINES_TYPE = { 'Content-Type': 'application/x-ndjson' };

/** Segments that requests share, so that there are windows to keep and buckets to grow. */
const SEGMENTS = 40;

const ODD_NAMES = [
  'спорт',
  '😀',
  '{a}:b',
  'a/b',
  'a b',
  '%41',
  '...',
  '__proto__',
  'constructor',
  'x'.repeat(256),
  'я'.repeat(128),
  '"',
  '\\',
  "';--",
  '\u202e',
  '\ufeff',
  '*',
  'e\u0301',
  'ﬁ',
  '\u2028',
  '#?&=',
];

/** A segment or a user id that is valid. */
export function makeName(dice: Dice, prefix: string, limit: number): string {
  return dice.chance(0.1) ? dice.pick(ODD_NAMES) : `${prefix}${dice.below(limit)}`;
}

/** A membership that is valid, as JSON has it. */
export function makeMembership(dice: Dice): Record<string, unknown> {
  const ago = dice.below(13 * 86_400_000);
  return {
    segment: makeName(dice, 's', SEGMENTS),
    user_id: makeName(dice, 'u', 1e9),
    ...(dice.chance(0.2) && { occurred_at: new Date(Date.now() - ago).toISOString() }),
  };
}

function makeLines(dice: Dice, longest: number): string[] {
  return Array.from({ length: 1 + dice.below(longest) }, () =>
    JSON.stringify(makeMembership(dice)),
  );
}

/** A path that counts a segment. */
export function makeCountPath(dice: Dice): string {
  const path = `/segment/${encodeURIComponent(makeName(dice, 's', SEGMENTS))}`;
  return dice.chance(0.3) ? `${path}?days=${1 + dice.below(14)}` : path;
}

const OTHER_LINES = [
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
  'GET /openapi.json',
  'GET /swagger/index.html',
  'GET /',
  'GET /swagger',
  'GET /swagger/',
  'GET /nothing',
  'GET /segments',
  'OPTIONS /segment',
  'HEAD /segment/a',
  'HEAD /',
  'DELETE /segment/a',
  'PUT /segment',
  'PATCH /counts',
  'OPTIONS *',
  'GET http://localhost/segment/a',
  'GET http://[::1]:80/healthz',
  'TRACE /',
  'CONNECT a:80',
  'GET /assets/page.js',
  'GET /swagger/favicon-16x16.png',
  'GET /swagger/../healthz',
  'GET /swagger/oauth2-redirect.html',
];

/** Headers that change how a request is read or answered, and values of each. */
export const OTHER_HEADERS = {
  Accept: ['*/*', 'text/html'],
  Range: ['bytes=0-3', 'bytes=999999-', 'bytes=-1', 'bytes=a-b', 'lines=1'],
  'If-Match': ['"a"', '*'],
  'If-None-Match': ['*'],
  'If-Modified-Since': ['Tue, 01 Jan 2030 00:00:00 GMT', 'yesterday'],
  'If-Unmodified-Since': ['Tue, 01 Jan 2000 00:00:00 GMT'],
  Upgrade: ['h2c', 'websocket'],
  Connection: ['close', 'keep-alive', 'upgrade', 'keep-alive, TE'],
  Expect: ['100-continue', 'nothing'],
  'X-Forwarded-For': ['::1'],
};

function makeOther(dice: Dice): Buffer {
  const name = dice.pick(Object.keys(OTHER_HEADERS)) as keyof typeof OTHER_HEADERS;
  const headers = dice.chance(0.5) ? { [name]: dice.pick<string>(OTHER_HEADERS[name]) } : {};
  return rawRequest(dice.pick(OTHER_LINES), headers);
}

function makeChunked(dice: Dice): Buffer {
  const body = Buffer.from(makeLines(dice, 10).join('\n'));
  const at = dice.below(body.length);
  const chunks = [body.subarray(0, at), body.subarray(at)].filter(({ length }) => length > 0);
  const head = 'POST /segments HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n';
  const parts = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']);
  const all = [`${head}Transfer-Encoding: chunked\r\n\r\n`, ...parts, '0\r\n\r\n'];
  return Buffer.concat(all.map((part) => Buffer.from(part)));
}

/** A request as a client would send it, of any route. */
export function makeRequest(dice: Dice): Buffer {
  const kind = dice.below(10);
  if (kind < 3) {
    return rawRequest('POST /segment', JSON_TYPE, JSON.stringify(makeMembership(dice)));
  }
  if (kind < 5) return rawRequest(`GET ${makeCountPath(dice)}`, {});
  if (kind === 5) {
    return rawRequest('POST /segments', LINES_TYPE, makeLines(dice, 20).join('\n'));
  }
  if (kind === 6) return makeChunked(dice);
  if (kind === 7) {
    const headers = { ...LINES_TYPE, 'Content-Encoding': 'gzip' };
    return rawRequest('POST /segments', headers, gzipSync(makeLines(dice, 20).join('\n')));
  }
  if (kind === 8) {
    const segments = Array.from({ length: 1 + dice.below(5) }, () => makeName(dice, 's', SEGMENTS));
    return rawRequest('POST /counts', JSON_TYPE, JSON.stringify({ segments }));
  }
  return makeOther(dice);
}
