/** A complete request in the plain form that nearly every client sends. */
export interface PlainRequest {
  method: 'GET' | 'POST';
  /** Starts with a slash; without percent-encoding, query or fragment. */
  path: string;
  /** By lower-case name. No name is repeated. */
  headers: Record<string, string>;
  body: Buffer;
}

/** Larger requests are left to node:http and its limits. */
export const MAX_PLAIN_BYTES = 8_192;

// RFC 9112 section 3 and RFC 9110 section 5.5, narrowed to forms that are never ambiguous: two methods, a path of
// unreserved characters, visible ASCII in headers. The text after a repetition cannot begin with a repeated character, so a
// text that does not match is rejected in linear time.
const REQUEST_LINE = /(GET|POST) (\/[\w.~/-]*) HTTP\/1\.1\r\n/y;
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
 * @param maxBytes maximum length of a request that is read
 * @returns undefined unless the bytes are exactly one complete request of that form; other requests may be valid too
 */
export function readPlainRequest(bytes: Buffer, maxBytes: number): PlainRequest | undefined {
  if (bytes.length > maxBytes) return undefined;
  const text = bytes.toString('latin1');
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
  if (!isWhole(headers['content-length'], body)) return undefined;
  return { method: line[1] as 'GET' | 'POST', path: line[2] as string, headers, body };
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

function isWhole(length: string | undefined, body: Buffer): boolean {
  return length === undefined ? body.length === 0 : length === String(body.length);
}
