import { parse as parseContentType } from 'content-type';
import { Failure } from '../../domain/failure.js';
import type { HttpRequest } from '../route.js';

/** The media types of bodies, and other names of each; https://jsonlines.org, https://github.com/ndjson/ndjson-spec. */
export const MEDIA_TYPES = {
  'application/json': [],
  'application/x-ndjson': [
    'application/ndjson',
    'application/jsonl',
    'application/x-jsonl',
    'application/jsonlines',
    'application/x-jsonlines',
    'application/json-lines',
    'application/x-json-lines',
  ],
} as const;

export type MediaType = keyof typeof MEDIA_TYPES;

const BY_NAME = new Map<string, MediaType>(
  Object.entries(MEDIA_TYPES).flatMap(([type, names]) =>
    [type, ...names].map((name) => [name, type as MediaType]),
  ),
);

/** Types that clients send by default, and a hint for each. */
const SENT_UNASKED = new Map([
  ['', 'there is none'],
  ['application/x-www-form-urlencoded', 'curl -d sends a form by itself'],
  ['multipart/form-data', 'send the body itself, as --data-binary does, not a form'],
  ['text/plain', 'a body of text/plain is not looked into'],
]);

/** Maximum length of a Content-Type that is parsed, in characters; the longest registered types have about 130. */
const MAX_MEDIA_TYPE_LENGTH = 1_024;

/**
 * The media type of a request's body, by its name in MEDIA_TYPES.
 *
 * @param accepted the types the route takes
 * @throws Failure `wrong-type` if it is none of them, or its charset is not UTF-8
 */
export function mediaType(
  request: Pick<HttpRequest, 'headers'>,
  accepted: readonly MediaType[],
): MediaType {
  // Nearly every client writes it exactly like this.
  const asWritten = accepted.find((type) => type === request.headers['content-type']);
  if (asWritten !== undefined) return asWritten;
  const { type, parameters } = parse(request);
  const known = BY_NAME.get(type);
  const headers = { accept: accepted.join(', ') };
  if (known === undefined || !accepted.includes(known)) {
    const types = accepted.join(' or ');
    const why = SENT_UNASKED.get(type);
    throw new Failure(
      'wrong-type',
      `Content-Type must be ${types}${why === undefined ? '' : `; ${why}: with curl add -H 'Content-Type: ${accepted[0]}'`}`,
      { headers },
    );
  }
  if (!/^utf-?8$/i.test(parameters.charset ?? 'utf-8')) {
    throw new Failure('wrong-type', 'Content-Type: charset must be utf-8', { headers });
  }
  return known;
}

/** Whether a body is NDJSON, the only type without a limit of size. */
export function isNdjson(request: Pick<HttpRequest, 'headers'>): boolean {
  return BY_NAME.get(parse(request).type) === 'application/x-ndjson';
}

function parse({ headers }: Pick<HttpRequest, 'headers'>) {
  const header = String(headers['content-type'] ?? '');
  // Not with MIMEType of node:util, which takes quadratic time for blanks.
  return parseContentType(header.length > MAX_MEDIA_TYPE_LENGTH ? '' : header);
}

/**
 * Whether a body is gzip (RFC 9110, section 8.4.1: `x-gzip` is the same, in any case of letters).
 *
 * @throws Failure `wrong-type` if it is encoded in another way, or more than once
 */
export function isGzip({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  const header = headers['content-encoding'];
  if (header === undefined) return false;
  const codings = String(header)
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length === 0) return false;
  if (codings.length === 1 && (codings[0] === 'gzip' || codings[0] === 'x-gzip')) return true;
  throw new Failure('wrong-type', 'Content-Encoding must be gzip, once, or identity', {
    headers: { 'accept-encoding': 'gzip, identity' },
  });
}
