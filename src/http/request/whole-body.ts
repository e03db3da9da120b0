import { callerGone } from '../../auth/caller.js';
import { Failure } from '../../domain/failure.js';
import type { Clients, Quota } from '../../limits/clients.js';
import { shareOfHeap } from '../../limits/heap.js';
import { createHeldBytes, type Holder } from '../../limits/held-bytes.js';
import { createGrowingBytes } from '../growing-bytes.js';
import type { HttpRequest } from '../route.js';
import { bodyError, bodyStream, leave } from './body-stream.js';
import { createJsonCounter, type JsonLimits } from './json-counter.js';

/** Maximum of bytes of all incomplete bodies that this process holds. */
const MAX_HELD_BYTES = shareOfHeap();
const held = createHeldBytes(MAX_HELD_BYTES);

/**
 * Takes a body that has arrived with its head out of its request, which would keep it until its answer. Such a body is never
 * gzip: the fast path leaves encoded requests to node:http.
 *
 * @returns undefined if the body is a stream
 */
export function takeBody(request: HttpRequest): Buffer | undefined {
  const { body } = request;
  if (!Buffer.isBuffer(body)) return undefined;
  request.body = NOTHING;
  return body;
}

const NOTHING = Buffer.alloc(0);

/**
 * Checks a body that has arrived with its head, and is charged with it.
 *
 * @throws Failure `too-large`
 */
export function checkWhole(body: Buffer, limits: JsonLimits): void {
  if (body.length > limits.bytes) throw tooLarge(limits.bytes, limits);
  if (limits.values !== undefined) createJsonCounter(limits)(body);
}

/**
 * Reads a body until it is complete, and charges the client for its bytes as they arrive.
 *
 * @throws Failure `too-large`, `invalid` or `limited` as soon as that is certain, `unavailable` if all such bodies together
 *   take too much memory
 */
// Uses events, because the iterator of a stream takes as long as the rest of a small request.
export function readAll(
  request: HttpRequest,
  limits: JsonLimits,
  { nameOf, quota }: Pick<Clients, 'nameOf' | 'quota'>,
): Promise<Buffer> {
  const check = createCheck(request, limits, quota);
  const client = nameOf(request);
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
    const holder: Holder = { client, heldBytes: 0, giveUp: () => fail(tooMuchHeld()) };
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

/** Checks each part of a body before it is stored. */
function createCheck(
  request: HttpRequest,
  limits: JsonLimits,
  quota: Quota | undefined,
): (part: Buffer) => void {
  const count = limits.values === undefined ? undefined : createJsonCounter(limits);
  // A body that costs more than the burst of a client could never be charged.
  const { maxBytes: affordable = Number.POSITIVE_INFINITY } = quota ?? {};
  const maxBytes = Math.min(limits.bytes, MAX_HELD_BYTES, affordable);
  let length = 0;
  return (part) => {
    if (request.isGone()) throw callerGone();
    length += part.length;
    if (length > maxBytes) throw tooLarge(maxBytes, limits);
    quota?.prepay(request, length);
    count?.(part);
  };
}

function tooLarge(maxBytes: number, { instead }: JsonLimits): Failure {
  const hint = instead === undefined ? '' : `; ${instead}`;
  return new Failure('too-large', `the body must be at most ${maxBytes} bytes${hint}`);
}
