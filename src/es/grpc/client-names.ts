import type { PeerCertificate } from 'node:tls';
import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';

const REFUSAL = {
  code: status.PERMISSION_DENIED,
  details: 'the certificate is of no client that is allowed here',
};

/**
 * Lets in only clients whose certificate is of one of some names. That the certificate is good has been
 * checked when the connection was made.
 *
 * @param allowed common names, or alternative names (DNS or URI), separated by commas; empty lets every client in
 */
export function createClientNameInterceptors(allowed: string): ServerInterceptor[] {
  if (allowed === '') return [];
  const names = new Set(allowed.split(',').map((name) => name.trim()));
  return [
    (_method, call) =>
      new ServerInterceptingCall(call, {
        start: (next) =>
          next({
            onReceiveMetadata(metadata, proceed) {
              const { sslPeerCertificate } = call.getAuthContext();
              if (namesOf(sslPeerCertificate).some((name) => names.has(name))) proceed(metadata);
              else call.sendStatus(REFUSAL);
            },
          }),
      }),
  ];
}

function namesOf(certificate: PeerCertificate | undefined): string[] {
  if (certificate === undefined) return [];
  const { subject, subjectaltname = '' } = certificate;
  const alternatives = Array.from(
    subjectaltname.matchAll(/(?:DNS|URI):([^,]+)/g),
    ([, name]) => name,
  );
  return [...[subject?.CN].flat(), ...alternatives].filter((name) => name !== undefined);
}
