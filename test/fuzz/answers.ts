/** An answer of an HTTP server. */
export interface Answer {
  status: number;
  /** The status line and the headers. */
  head: string;
  body: Buffer;
  /** Whether the connection ended in the middle of it. */
  cut: boolean;
}

const NEXT = Buffer.from('HTTP/1.1 ');

/**
 * The first whole answer of what a connection has brought, passing over 1xx ones. An answer to HEAD is known
 * by what follows it, since after a mutation nobody can say which method was asked.
 *
 * @param ended whether nothing more will come
 */
export function takeAnswer(
  bytes: Buffer,
  ended: boolean,
): { answer: Answer; length: number } | undefined {
  const headLength = bytes.indexOf('\r\n\r\n') + 4;
  if (headLength < 4) return undefined;
  const head = bytes.toString('latin1', 0, headLength);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0);
  if (status >= 100 && status < 200) {
    const taken = takeAnswer(bytes.subarray(headLength), ended);
    return taken && { answer: taken.answer, length: taken.length + headLength };
  }
  const rest = bytes.subarray(headLength);
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(head))
    return takeChunked(status, head, rest, ended);
  const bodyLength = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  const without = rest.subarray(0, NEXT.length).equals(NEXT) || (ended && rest.length === 0);
  if (!without && rest.length < bodyLength && !ended) return undefined;
  const body = without ? Buffer.alloc(0) : rest.subarray(0, bodyLength);
  const cut = !without && body.length < bodyLength;
  return { answer: { status, head, body, cut }, length: headLength + body.length };
}

const LAST_CHUNK = '0\r\n\r\n';

/** An answer in chunks; only node:http itself gives them, and puts nothing in. */
function takeChunked(status: number, head: string, rest: Buffer, ended: boolean) {
  const end = rest.indexOf(LAST_CHUNK);
  if (end < 0 && !ended) return undefined;
  const body = rest.subarray(0, Math.max(end, 0));
  const length = head.length + body.length + LAST_CHUNK.length;
  return { answer: { status, head, body, cut: end < 0 }, length };
}

/** What node:http says by itself, without a body, of what is no HTTP or asks for what it does not do. */
const OWN = new Set([400, 408, 413, 417, 431]);

/** Of the server: what is not spoken here, and that it is overloaded, as it may well be under attack. */
const EXPECTED = new Set([501, 503, 504, 505]);

/** What is wrong with an answer, whatever was asked; undefined for nothing. */
export function findFault({ status, head, body, cut }: Answer): string | undefined {
  if (!/^HTTP\/1\.1 [2-5]\d\d /.test(head)) return 'the answer is no HTTP';
  if (cut) return 'the answer is cut short';
  if (status >= 500 && !EXPECTED.has(status)) return `answered ${status}`;
  if (status < 400) return undefined;
  const isProblem = /\r\ncontent-type: application\/problem\+json\r\n/i.test(head);
  if (body.length === 0) {
    return isProblem || OWN.has(status) ? undefined : `${status} without a problem document`;
  }
  return isProblem && isWhole(parse(body), status) ? undefined : `${status} is no problem document`;
}

function isWhole(problem: Record<string, unknown> | undefined, status: number): boolean {
  return (
    problem?.type === 'about:blank' &&
    problem.status === status &&
    typeof problem.title === 'string' &&
    typeof problem.detail === 'string'
  );
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
