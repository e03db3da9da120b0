import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { StartError } from '../process/lifecycle.js';
import type { Logger } from '../telemetry/logger.js';

/** The paths of PEM files; a path is empty if there is no file. */
export interface TlsPaths {
  /** A certificate, and the intermediate certificates up to its authority. */
  certFile?: string;
  /** Its private key. */
  keyFile?: string;
  /** The authorities that must have signed the certificate of the other side. */
  caFile?: string;
}

/** The contents of the files. */
export interface TlsContents {
  cert?: Buffer;
  key?: Buffer;
  ca?: Buffer;
}

/** Certificates that are read again when their files change. */
export interface TlsFiles {
  readonly current: TlsContents;
  /** Calls a listener after the certificates have changed. */
  onChange(listener: (contents: TlsContents) => void): void;
  stop(): void;
}

/** How often files are checked; certificates are replaced days before they expire. */
const INTERVAL_MS = 1_000;

/**
 * Reads certificates, and reads them again when a file changes. If the new files cannot be used, for example because the
 * key of a new certificate is not written yet, the change is ignored until they can.
 *
 * @throws StartError that names the file that cannot be read or used
 */
export function watchTlsFiles(paths: TlsPaths, logger: Logger): TlsFiles {
  const { certFile = '', keyFile = '', caFile = '' } = paths;
  const files = [certFile, keyFile, caFile].filter((file) => file !== '');
  const listeners: ((contents: TlsContents) => void)[] = [];
  let current = readTlsFiles(paths);
  const check = () => {
    try {
      const contents = read(paths);
      if (isSame(contents, current)) return;
      current = contents;
      logger.info(`certificates read again: ${files.join(', ')}`);
      for (const listener of listeners) listener(contents);
    } catch (error) {
      logger.warn(`certificates have changed, but cannot be used: ${(error as Error).message}`);
    }
  };
  for (const file of files) watchFile(file, { persistent: false, interval: INTERVAL_MS }, check);
  return {
    get current() {
      return current;
    },
    onChange: (listener) => listeners.push(listener),
    stop: () => {
      for (const file of files) unwatchFile(file, check);
    },
  };
}

/** @throws StartError that names the file that cannot be read or used */
export function readTlsFiles(paths: TlsPaths): TlsContents {
  try {
    return read(paths);
  } catch (error) {
    const { message } = error as Error;
    throw new StartError(`cannot use the certificates: ${message}`, { cause: error });
  }
}

/** The certificates of a server; undefined if it serves without TLS. @throws StartError */
export function watchServerTls(paths: TlsPaths, logger: Logger): TlsFiles | undefined {
  const { certFile = '', keyFile = '' } = paths;
  return certFile === '' && keyFile === '' ? undefined : watchTlsFiles(paths, logger);
}

function read({ certFile = '', keyFile = '', caFile = '' }: TlsPaths): TlsContents {
  // Node.js would serve without a certificate, and report no error.
  if ((certFile === '') !== (keyFile === '')) {
    throw new Error(
      `a certificate needs its key, and a key its certificate: there is only ${certFile || keyFile}`,
    );
  }
  const contents = {
    ...(certFile !== '' && { cert: readFileSync(certFile) }),
    ...(keyFile !== '' && { key: readFileSync(keyFile) }),
    ...(caFile !== '' && { ca: readFileSync(caFile) }),
  };
  checkParts({ certFile, keyFile, caFile }, contents);
  createSecureContext(contents);
  return contents;
}

/** @throws Error that names the file and the remedy. OpenSSL names neither, and accepts a file without any authority */
function checkParts(files: Required<TlsPaths>, { cert, key, ca }: TlsContents): void {
  const certificate = cert && parsed(files.certFile, 'certificate', cert, parseCertificate);
  const privateKey =
    key && parsed(files.keyFile, 'key without a passphrase', key, createPrivateKey);
  if (ca) parsed(files.caFile, 'certificate', ca, parseCertificate);
  if (certificate && privateKey && !certificate.checkPrivateKey(privateKey)) {
    throw new Error(`${files.keyFile} is not the key of the certificate in ${files.certFile}`);
  }
}

function parseCertificate(content: Buffer): X509Certificate {
  if (!/^-----BEGIN .*CERTIFICATE-----/m.test(String(content))) throw new Error('no PEM');
  return new X509Certificate(content);
}

function parsed<T>(file: string, what: string, content: Buffer, parse: (content: Buffer) => T): T {
  try {
    return parse(content);
  } catch (cause) {
    throw new Error(`${file} has no ${what} in PEM`, { cause });
  }
}

function isSame(one: TlsContents, other: TlsContents): boolean {
  const names = ['cert', 'key', 'ca'] as const;
  return names.every((name) => String(one[name]) === String(other[name]));
}
