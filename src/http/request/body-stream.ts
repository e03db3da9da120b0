import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { callerGone } from '../../auth/caller.js';
import { Failure } from '../../domain/failure.js';
import type { HttpRequest } from '../route.js';
import { isGzip } from './content.js';

/** The body, unzipped if it is gzip. */
export function bodyStream(request: HttpRequest): Readable {
  // A body that is a Buffer is never gzip: the fast path leaves encoded requests to node:http.
  const stream = request.body as Readable;
  if (!isGzip(request)) return stream;
  // Not pipeline(): it would destroy the request, and with it the connection, before the answer is sent.
  const gunzip = createGunzip();
  stream.once('error', (error) => gunzip.destroy(error));
  return stream.pipe(gunzip);
}

/** Stops reading a body before its end, but leaves the connection open for the answer. */
export function leave(stream: Readable, { body }: HttpRequest): void {
  if (stream === body) stream.pause();
  else stream.destroy();
}

/**
 * The chunks of a body. It stops when the client has gone, because even a small body may take seconds to unzip.
 *
 * @throws Failure `invalid` if the gzip is broken or incomplete
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

/** The failure for an error of a body's stream. */
export function bodyError(error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error;
  return new Failure('invalid', 'the body is not valid gzip, or is cut short', { cause: error });
}
