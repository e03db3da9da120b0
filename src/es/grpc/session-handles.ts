import type { ServerHttp2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { http2ServersOf } from './call-headers.js';

/**
 * How long the native part of a session is kept after its end, in milliseconds. Its streams are freed one tick after the
 * end.
 */
const KEEP_MS = 1_000;

/** The first major version of Node.js without the fault. */
const FIXED_IN = 22;

/**
 * Keeps Node.js 20 from aborting (`current_nghttp2_memory_ == 0`) when a session ends while a client sends broken headers
 * on a stream, and the native part of the session is collected before that stream. Both are internals, so this does nothing
 * if the internals of grpc-js or Node.js have changed.
 *
 * @param server a server that is bound
 */
export function keepSessionHandles(server: Server): void {
  if (Number.parseInt(process.versions.node, 10) >= FIXED_IN) return;
  for (const http2Server of http2ServersOf(server)) http2Server.on('session', keepHandle);
}

function keepHandle(session: ServerHttp2Session): void {
  const symbol = Object.getOwnPropertySymbols(session).find(
    ({ description }) => description === 'kHandle',
  );
  const handle = symbol && Reflect.get(session, symbol);
  if (handle === undefined) return;
  session.once('close', () => {
    setTimeout(() => void handle, KEEP_MS).unref();
  });
}
