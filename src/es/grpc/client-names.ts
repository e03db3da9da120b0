import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import { createNameCheck } from '../../tls/certificate-names.js';

const REFUSAL = {
  code: status.PERMISSION_DENIED,
  details: 'the certificate is of no client that is allowed here',
};

/**
 * Lets in only clients whose certificate has one of some names. TLS has checked the certificate itself when the connection was
 * opened.
 *
 * @param allowed alternative names (DNS or URI), or common names for certificates without any, separated by commas; empty lets in
 *   every client
 */
export function createClientNameInterceptors(allowed: string): ServerInterceptor[] {
  if (allowed === '') return [];
  const isAllowed = createNameCheck(allowed.split(',').map((name) => name.trim()));
  return [
    (_method, call) =>
      new ServerInterceptingCall(call, {
        start: (next) =>
          next({
            onReceiveMetadata(metadata, proceed) {
              const { sslPeerCertificate } = call.getAuthContext();
              if (sslPeerCertificate && isAllowed(sslPeerCertificate)) proceed(metadata);
              else call.sendStatus(REFUSAL);
            },
          }),
      }),
  ];
}
