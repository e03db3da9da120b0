import { rootCertificates } from 'node:tls';
import { type ChannelCredentials, credentials, experimental } from '@grpc/grpc-js';
import type { TlsContents, TlsFiles } from './files.js';

/** Credentials of a gRPC client; new connections use the certificates there are then. */
export function channelCredentials(files: TlsFiles | undefined): ChannelCredentials {
  if (files === undefined) return credentials.createInsecure();
  const provider = createProvider(files);
  return experimental.createCertificateProviderChannelCredentials(
    provider,
    files.current.cert === undefined ? null : provider,
  );
}

function createProvider(files: TlsFiles): experimental.CertificateProvider {
  const caListeners = new Set<experimental.CaCertificateUpdateListener>();
  const identityListeners = new Set<experimental.IdentityCertificateUpdateListener>();
  files.onChange((contents) => {
    for (const listener of caListeners) listener(authoritiesOf(contents));
    for (const listener of identityListeners) listener(identityOf(contents));
  });
  // Not at once: who listens is only ready for it a moment later.
  return {
    addCaCertificateListener(listener) {
      caListeners.add(listener);
      process.nextTick(listener, authoritiesOf(files.current));
    },
    removeCaCertificateListener: (listener) => caListeners.delete(listener),
    addIdentityCertificateListener(listener) {
      identityListeners.add(listener);
      process.nextTick(listener, identityOf(files.current));
    },
    removeIdentityCertificateListener: (listener) => identityListeners.delete(listener),
  };
}

function authoritiesOf({ ca }: TlsContents) {
  return { caCertificate: ca ?? Buffer.from(rootCertificates.join('\n')) };
}

function identityOf({ cert, key }: TlsContents) {
  return cert && key ? { certificate: cert, privateKey: key } : null;
}
