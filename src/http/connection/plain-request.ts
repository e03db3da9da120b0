import { BYTES_FOR_ONE } from '../../limits/clients.js';

/** A request in the plain form that nearly every client sends. */
export interface PlainRequest {
  method: 'GET' | 'POST';
  /** A path, and a query if there is one; without percent-encoding and fragment. */
  target: string;
  /** The query, without the question mark. */
  search: string;
  /** By lower-case name. No name is repeated. */
  headers: Record<string, string>;
  /** The bytes of the body that have arrived. */
  body: Buffer;
  /** How many bytes of the body have not arrived yet. */
  missingBytes: number;
}

/** Longer heads are left to node:http and its limit. */
export const MAX_PLAIN_HEAD_BYTES = 8_192;

/** Longer bodies are left to node:http, which reads them in parts. It costs a client as much as one request. */
export const MAX_PLAIN_BODY_BYTES = BYTES_FOR_ONE;

// RFC 9112 section 3 and RFC 9110 section 5.5, narrowed to forms that are never ambiguous: two methods, a target of
// unreserved characters, visible ASCII in headers. The text after a repetition cannot begin with a repeated character, so a
// text that does not match is rejected in linear time.
const REQUEST_LINE = /(GET|POST) (\/[\w.~/-]*(?:\?([\w.~&=-]*))?) HTTP\/1\.1\r\n/y;
const HEADER = /([\w-]+): *((?:[\x21-\x7e][\x20-\x7e]*)?)\r\n/y;

/** Headers that change how a message is read or answered. Requests with them are left to node:http. */
const SPECIAL = new Set([
  'connection',
  'content-encoding',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Reads a request of the plain form.
 *
 * @param bytes everything that arrived on a connection since the last request
 * @param maxHeadBytes maximum length of a head that is read
 * @returns undefined unless the bytes are exactly one request of that form with a complete head; other requests may be valid too
 */
export function readPlainRequest(bytes: Buffer, maxHeadBytes: number): PlainRequest | undefined {
  const text = bytes.toString('latin1', 0, maxHeadBytes);
  REQUEST_LINE.lastIndex = 0;
  const line = REQUEST_LINE.exec(text);
  if (line === null) return undefined;
  const headers: Record<string, string> = {};
  let at = REQUEST_LINE.lastIndex;
  for (;;) {
    HEADER.lastIndex = at;
    const header = HEADER.exec(text);
    if (header === null) break;
    at = HEADER.lastIndex;
    const name = (header[1] as string).toLowerCase();
    const value = header[2] as string;
    if (name in headers || value.endsWith(' ')) return undefined;
    if (SPECIAL.has(name) && !isKeepAlive(name, value)) return undefined;
    headers[name] = value;
  }
  if (!text.startsWith('\r\n', at) || !isHost(headers.host)) return undefined;
  const body = bytes.subarray(at + 2);
  const length = lengthOf(headers['content-length']);
  if (length === undefined || body.length > length) return undefined;
  const [, method, target, search = ''] = line as unknown as [string, 'GET' | 'POST', string];
  return { method, target, search, headers, body, missingBytes: length - body.length };
}

/** An IPv6 address or any other name of a host, and a port (RFC 3986, section 3.2.2); both may be empty. */
const HOST = /^(?:\[[\da-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i;

/** Whether a value is valid for `Host`. */
export function isHost(value: string | undefined): boolean {
  return value !== undefined && HOST.test(value);
}

function isKeepAlive(name: string, value: string): boolean {
  return name === 'connection' && value.toLowerCase() === 'keep-alive';
}

/** The length of a body; undefined if it is too long, or in any other form than the usual one. */
function lengthOf(header: string | undefined): number | undefined {
  if (header === undefined) return 0;
  const length = Number(header);
  return String(length) === header && length >= 0 && length <= MAX_PLAIN_BODY_BYTES
    ? length
    : undefined;
}
