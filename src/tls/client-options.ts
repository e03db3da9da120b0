import type { TlsContents, TlsFiles } from './files.js';

/** The TLS options of a connection, for node:tls. */
export type TlsClientOptions = TlsContents & { servername?: string };

/**
 * Creates the TLS options of connections. Each read of an option gives the current certificate.
 *
 * @param serverName the name that the certificate of the server must have; empty means its host
 */
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
