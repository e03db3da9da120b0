import type { Http2Server, IncomingHttpHeaders } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/**
 * Maximum of bytes of the headers of a call, as HTTP/2 counts them: names, values and 32 for each header. REST has the same
 * limit.
 */
const MAX_HEADER_LIST_BYTES = 16 * 1024;

/**
 * Limits the headers of calls before grpc-js reads them. For metadata whose name ends in -bin, grpc-js makes a buffer for
 * each comma, and HPACK lets a few bytes on the wire stand for many commas. ES reads no such metadata, so it is dropped.
 *
 * @param server a server that is bound
 */
export function boundCallHeaders(server: Server): void {
  for (const http2Server of http2ServersOf(server)) {
    http2Server.updateSettings({ maxHeaderListSize: MAX_HEADER_LIST_BYTES });
    http2Server.prependListener('stream', (_stream, headers) => dropBinary(headers));
  }
}

/** The HTTP/2 servers of a gRPC server; an empty list if the internals of grpc-js have changed. */
export function http2ServersOf(server: Server): Http2Server[] {
  const { http2Servers } = server as unknown as { http2Servers?: Map<Http2Server, unknown> };
  return [...(http2Servers?.keys() ?? [])];
}

function dropBinary(headers: IncomingHttpHeaders): void {
  for (const name of Object.keys(headers)) if (name.endsWith('-bin')) delete headers[name];
}
