import { relative } from 'node:path';

/** The maximum length of the path of a Unix socket that every system accepts, in bytes. */
export const MAX_SOCKET_PATH_BYTES = 103;

/** The shorter path of a Unix socket: the absolute one, or the one relative to the directory of this process. */
export function shortSocketPath(path: string): string {
  const fromHere = relative('', path);
  return Buffer.byteLength(fromHere) < Buffer.byteLength(path) ? fromHere : path;
}
