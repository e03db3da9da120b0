import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { callerGone } from '../../auth/caller.js';
import { Failure } from '../../domain/failure.js';
import type { HttpRequest } from '../route.js';
import { isGzip } from './content.js';

/** The body as it was before any gzip. */
export function bodyStream(request: HttpRequest): Readable {
  // What has come whole is read as it is.
  const stream = request.body as Readable;
  if (!isGzip(request)) return stream;
  // Not pipeline(): it would destroy the request, and the connection with it, before the answer is out.
  const gunzip = createGunzip();
  stream.once('error', (error) => gunzip.destroy(error));
  return stream.pipe(gunzip);
}

/** Ends the work on a body that was not read to its end, and leaves the connection open for the answer. */
export function leave(stream: Readable, { body }: HttpRequest): void {
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

/** What the client is told of an error of a body. */
export function bodyError(error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error;
  return new Failure('invalid', 'the body is not valid gzip, or is cut short', { cause: error });
}
