import { relative } from 'node:path';

/** The bytes that every system has room for in the path of a Unix socket. */
export const MAX_SOCKET_PATH_BYTES = 103;

/** The shorter way to a Unix socket: from the root, or from the directory of this process. */
export function shortSocketPath(path: string): string {
  const fromHere = relative('', path);
  return Buffer.byteLength(fromHere) < Buffer.byteLength(path) ? fromHere : path;
}
