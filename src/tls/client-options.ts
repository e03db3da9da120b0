import type { TlsContents, TlsFiles } from './files.js';

/** How to connect over TLS, in the words of node:tls. */
export type TlsClientOptions = TlsContents & { servername?: string };

/** How to connect over TLS, with the certificates there are at each time that it is looked at. */
export function clientOptions(
  files: Pick<TlsFiles, 'current'>,
  serverName: string,
): TlsClientOptions {
  const option = <Name extends 'ca' | 'cert' | 'key'>(name: Name) => ({
    enumerable: true,
    get: () => files.current[name],
  });
  return Object.defineProperties(serverName === '' ? {} : { servername: serverName }, {
    ca: option('ca'),
    cert: option('cert'),
    key: option('key'),
  });
}
