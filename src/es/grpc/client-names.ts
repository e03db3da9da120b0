import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { Failure } from '../../domain/failure.js';
import { createNameCheck } from '../../tls/certificate-names.js';
import { statusOf } from './status.js';

const NOT_ALLOWED = new Failure(
  'forbidden',
  'the certificate is of no client that is allowed here',
);

/**
 * Accepts only clients whose certificate has one of the allowed names. TLS checked the certificate itself when the
 * connection was opened.
 *
 * @param allowed alternative names (DNS or URI), or common names for certificates without alternative names, separated by
 *   commas; an empty text accepts every client
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
              else call.sendStatus(statusOf(NOT_ALLOWED));
            },
          }),
      }),
  ];
}
