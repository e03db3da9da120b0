import { switchKey, text } from '../config/config.js';

const optional = (doc: string, env: string) => text(doc, env, '', 'optional-text');

/** The TLS settings of a server. It serves over TLS if it has a certificate. */
export function serverTlsSchema(prefix: string, what: string) {
  return {
    certFile: optional(
      `Certificate of ${what} and what leads to its authority, PEM. Empty: no TLS.`,
      `${prefix}_TLS_CERT_FILE`,
    ),
    keyFile: optional(`Private key of that certificate, PEM.`, `${prefix}_TLS_KEY_FILE`),
  };
}

/** The TLS settings of a client. */
export function clientTlsSchema(prefix: string, whom: string) {
  return {
    caFile: optional(
      `Authorities that ${whom} is checked by, PEM. Empty: those that Node.js knows.`,
      `${prefix}_TLS_CA_FILE`,
    ),
    certFile: optional(
      `Certificate to show to ${whom}, PEM. Empty: none.`,
      `${prefix}_TLS_CERT_FILE`,
    ),
    keyFile: optional(`Private key of that certificate, PEM.`, `${prefix}_TLS_KEY_FILE`),
    serverName: optional(
      `Name that the certificate of ${whom} must have. Empty: the host it is reached by.`,
      `${prefix}_TLS_SERVER_NAME`,
    ),
  };
}

/** The setting that turns on TLS if the address does not say whether to use it. */
export function tlsSwitch(prefix: string, whom: string) {
  return switchKey(`Whether ${whom} is reached over TLS.`, `${prefix}_TLS_ENABLED`);
}
