import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request as open } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { timeLimit } from './time-limit.js';

export interface Sent {
  method?: string;
  headers?: Record<string, string>;
  /** What is sent: text and bytes at once, a stream as it comes, anything else as JSON. */
  body?: unknown;
}

export interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body, parsed; undefined where it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever was answered
  json: any;
}

/**
 * Makes a request with just this path, as no browser or fetch would leave it.
 *
 * @param base the service
 * @param path the path, percent-encoded as it is to be sent
 */
export async function send(base: string, path: string, sent: Sent = {}): Promise<Received> {
  const { body } = sent;
  const asIs = typeof body === 'string' || Buffer.isBuffer(body) || body instanceof Readable;
  const client = open(base, {
    path,
    method: sent.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(!asIs && body !== undefined && { 'content-type': 'application/json' }),
      ...sent.headers,
    },
    agent: false,
  });
  if (body instanceof Readable) body.pipe(client);
  else client.end(asIs ? body : body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(client, 'response')) as [IncomingMessage];
  // Answered, so the rest of the body is for nobody, and how the connection ends is of no interest.
  client.on('error', () => {});
  if (body instanceof Readable) body.unpipe(client);
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  client.destroy();
  const text = Buffer.concat(parts).toString();
  return { status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) };
}

/** The count of a segment. */
export async function countOf(base: string, segment: string, query = ''): Promise<number> {
  const { status, json, text } = await send(
    base,
    `/segment/${encodeURIComponent(segment)}${query}`,
  );
  if (status !== 200) throw new Error(`${status} ${text}`);
  return json.user_count;
}

/** Resolves once a service says it can do its work. */
export async function untilReady(base: string): Promise<void> {
  let last = '';
  for (const deadline = Date.now() + timeLimit(30_000); Date.now() < deadline; await delay(20)) {
    const answer = await send(base, '/readyz').catch((error) => ({ status: 0, text: `${error}` }));
    if (answer.status === 200) return;
    last = answer.text;
  }
  throw new Error(`${base} does not become ready: ${last}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
