import { rootCertificates } from 'node:tls';
import { type ChannelCredentials, credentials, experimental } from '@grpc/grpc-js';
import type { TlsContents, TlsFiles } from './files.js';

/** The credentials of a gRPC client. New connections use the current certificates. */
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
  // On the next tick, because a listener is not ready while it is being added.
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
