import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { callerGone } from '../caller.js';
import { Failure, untraced } from '../failure.js';
import { createGrowingBytes } from '../growing-bytes.js';
import { shareOfHeap } from '../heap.js';
import { createHeldBytes, type Holder } from '../held-bytes.js';
import { checkMembers, type UnknownMembers } from '../members.js';
import { isGzip, mediaType } from './content.js';
import { createJsonCounter, type JsonLimits } from './json-counter.js';
import { checkNoRepeats } from './repeated-member.js';
import type { HttpRequest } from './route.js';

/** The body as it was before any gzip. */
function bodyStream(request: HttpRequest): Readable {
  // What has come whole is read as it is.
  const stream = request.body as Readable;
  if (!isGzip(request)) return stream;
  // Not pipeline(): it would destroy the request, and the connection with it, before the answer is out.
  const gunzip = createGunzip();
  stream.once('error', (error) => gunzip.destroy(error));
  return stream.pipe(gunzip);
}

/** Ends the work on a body that was not read to its end, and leaves the connection open for the answer. */
function leave(stream: Readable, { body }: HttpRequest): void {
  if (stream === body) stream.pause();
  else stream.destroy();
}

/**
 * The chunks of a body, until its client is gone: what has come of a small body may unzip for seconds.
 *
 * @throws Failure `invalid` when the gzip is broken or cut short
 */
export async function* chunks(request: HttpRequest): AsyncGenerator<Buffer> {
  const body = bodyStream(request);
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      if (request.isGone()) throw callerGone();
      yield chunk;
    }
  } catch (error) {
    throw bodyError(error);
  } finally {
    leave(body, request);
  }
}

/**
 * Reads a whole body and parses it.
 *
 * @param remedy what is likely to be done where it is no JSON
 * @throws Failure `too-large` or `invalid`, as soon as so much has come
 */
export async function readJson(
  request: HttpRequest,
  limits: JsonLimits,
  remedy?: string,
): Promise<unknown> {
  const { body, headers } = request;
  const whole = Buffer.isBuffer(body) && headers['content-encoding'] === undefined;
  return parseJson(whole ? body : await readAll(request, limits), remedy);
}

/** What is read of all bodies of this process that are kept until they are whole. */
const MAX_HELD_BYTES = shareOfHeap();
const held = createHeldBytes(MAX_HELD_BYTES);

// By its events, because the iterator of a stream costs as much as the rest of a small request.
function readAll(request: HttpRequest, limits: JsonLimits): Promise<Buffer> {
  const check = createCheck(request, limits);
  const body = bodyStream(request);
  return new Promise((resolve, reject) => {
    const bytes = createGrowingBytes();
    let length = 0;
    const fail = (error: unknown) => {
      body.removeAllListeners('data');
      leave(body, request);
      held.hold(holder, 0);
      reject(error);
    };
    const holder: Holder = { heldBytes: 0, giveUp: () => fail(tooMuchHeld()) };
    body.on('data', (part: Buffer) => {
      try {
        check(part);
      } catch (error) {
        fail(error);
        return;
      }
      bytes.add(part);
      length += part.length;
      held.hold(holder, length);
    });
    body.on('end', () => {
      held.hold(holder, 0);
      resolve(bytes.whole());
    });
    body.on('error', (error) => fail(bodyError(error)));
  });
}

function tooMuchHeld(): Failure {
  return new Failure(
    'unavailable',
    'overloaded: too much of such bodies is being read; try again, or send less at once',
  );
}

/** Looks at each part of a body before it is kept. */
function createCheck(request: HttpRequest, limits: JsonLimits): (part: Buffer) => void {
  const count = limits.values === undefined ? undefined : createJsonCounter(limits);
  const maxBytes = Math.min(limits.bytes, MAX_HELD_BYTES);
  let length = 0;
  return (part) => {
    if (request.isGone()) throw callerGone();
    length += part.length;
    if (length > maxBytes) {
      throw new Failure('too-large', `the body must be at most ${maxBytes} bytes`);
    }
    count?.(part);
  };
}

function bodyError(error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error;
  return new Failure('invalid', 'the body is not valid gzip, or is cut short', { cause: error });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws Failure `invalid` when bytes are not UTF-8, the text is not JSON, or an object has a member twice */
export function parseJson(json: string | Uint8Array, remedy?: string): unknown {
  const text = typeof json === 'string' ? json : decode(json);
  let value: unknown;
  try {
    value = untraced(() => JSON.parse(text));
  } catch (error) {
    if (text.trim() === '') throw badJson('the JSON is empty');
    // Of what V8 says only the position is repeated: the rest may quote a user id.
    const position = /at position \d+/.exec(String(error))?.[0];
    const broken = `the JSON is broken${position ? ` ${position}` : ''}`;
    throw badJson(remedy === undefined ? broken : `${broken}; ${remedy}`);
  }
  checkNoRepeats(text, value);
  return value;
}

function badJson(detail: string): Failure {
  return new Failure('invalid', detail, { code: 'invalid_json' });
}

/**
 * Reads a body that is a JSON object.
 *
 * @param members those it may have
 * @param unknown what becomes of one with others
 * @throws Failure `wrong-type`, `too-large` or `invalid`
 */
export async function readObject(
  request: HttpRequest,
  limits: JsonLimits,
  members: readonly string[],
  unknown: UnknownMembers,
): Promise<Record<string, unknown>> {
  mediaType(request, ['application/json']);
  const body = await readJson(request, limits);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Failure(
      'invalid',
      `the body must be a JSON object; it may have ${members.join(', ')}`,
    );
  }
  checkMembers(body, members, unknown);
  return body as Record<string, unknown>;
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw badJson('the JSON is not valid UTF-8');
  }
}
