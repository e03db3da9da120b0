import type { Http2Server, IncomingHttpHeaders } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/** Most bytes of the headers of a call, as HTTP/2 counts them: names, values and 32 for each. As much as REST takes. */
const MAX_HEADER_LIST_BYTES = 16 * 1024;

/**
 * Bounds what the headers of calls take, before grpc-js looks at them. It would make a buffer for each comma of metadata
 * whose name ends in -bin, and HPACK has a few bytes stand for all of it. Nothing here reads such metadata.
 *
 * @param server one that is bound
 */
export function boundCallHeaders(server: Server): void {
  for (const http2Server of http2ServersOf(server)) {
    http2Server.updateSettings({ maxHeaderListSize: MAX_HEADER_LIST_BYTES });
    http2Server.prependListener('stream', (_stream, headers) => dropBinary(headers));
  }
}

/** The HTTP/2 servers of a gRPC server; none where its insides are others. */
export function http2ServersOf(server: Server): Http2Server[] {
  const { http2Servers } = server as unknown as { http2Servers?: Map<Http2Server, unknown> };
  return [...(http2Servers?.keys() ?? [])];
}

function dropBinary(headers: IncomingHttpHeaders): void {
  for (const name of Object.keys(headers)) if (name.endsWith('-bin')) delete headers[name];
}
