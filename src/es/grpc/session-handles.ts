import type { ServerHttp2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { http2ServersOf } from './call-headers.js';

/** How long the native part of a session is kept after its end; the streams of it are gone a tick later. */
const KEEP_MS = 1_000;

/** The first major version of Node.js that needs none of this. */
const MENDED_IN = 22;

/**
 * Keeps Node.js 20 from aborting (`current_nghttp2_memory_ == 0`) at what a client may send: when a session ends
 * while the headers of a stream are broken, and its native part is collected before that stream. There is no
 * public way to either, so this does nothing where the insides of grpc-js or Node.js are others.
 *
 * @param server one that is bound
 */
export function keepSessionHandles(server: Server): void {
  if (Number.parseInt(process.versions.node, 10) >= MENDED_IN) return;
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
