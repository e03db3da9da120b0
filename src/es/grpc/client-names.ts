import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import { createNameCheck } from '../../tls/certificate-names.js';

const REFUSAL = {
  code: status.PERMISSION_DENIED,
  details: 'the certificate is of no client that is allowed here',
};

/**
 * Lets in only clients whose certificate is of one of some names. That the certificate is good has been
 * checked when the connection was made.
 *
 * @param allowed alternative names (DNS or URI), or common names of certificates without any, separated by commas; empty
 *   lets every client in
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
