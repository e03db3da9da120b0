import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { StartError } from '../lifecycle.js';
import type { Logger } from '../logger.js';

/** Where certificates are, in PEM; empty where there is none. */
export interface TlsPaths {
  /** A certificate and what leads from it to its authority. */
  certFile?: string;
  /** Its private key. */
  keyFile?: string;
  /** The authorities that the other side is checked by. */
  caFile?: string;
}

/** What the files hold. */
export interface TlsContents {
  cert?: Buffer;
  key?: Buffer;
  ca?: Buffer;
}

/** Certificates that follow their files. */
export interface TlsFiles {
  readonly current: TlsContents;
  /** Calls a listener whenever there are other certificates. */
  onChange(listener: (contents: TlsContents) => void): void;
  stop(): void;
}

/** How often files are looked at; authorities replace certificates days before they end. */
const INTERVAL_MS = 1_000;

/**
 * Reads certificates, and again whenever a file changes. What cannot be used, such as a new certificate
 * whose key has not been written yet, is passed over until it can.
 *
 * @throws StartError that names what cannot be read or used
 */
export function watchTlsFiles(paths: TlsPaths, logger: Logger): TlsFiles {
  const { certFile = '', keyFile = '', caFile = '' } = paths;
  const files = [certFile, keyFile, caFile].filter((file) => file !== '');
  const listeners: ((contents: TlsContents) => void)[] = [];
  let current = readTlsFiles(paths);
  const look = () => {
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
  for (const file of files) watchFile(file, { persistent: false, interval: INTERVAL_MS }, look);
  return {
    get current() {
      return current;
    },
    onChange: (listener) => listeners.push(listener),
    stop: () => {
      for (const file of files) unwatchFile(file, look);
    },
  };
}

/** @throws StartError that names what cannot be read or used */
export function readTlsFiles(paths: TlsPaths): TlsContents {
  try {
    return read(paths);
  } catch (error) {
    const { message } = error as Error;
    throw new StartError(`cannot use the certificates: ${message}`, { cause: error });
  }
}

/** The certificates of a server; undefined where it is to serve without TLS. */
export function watchServerTls(paths: TlsPaths, logger: Logger): TlsFiles | undefined {
  const { certFile = '', keyFile = '' } = paths;
  return certFile === '' && keyFile === '' ? undefined : watchTlsFiles(paths, logger);
}

function read({ certFile = '', keyFile = '', caFile = '' }: TlsPaths): TlsContents {
  // Node.js itself would show no certificate then.
  if ((certFile === '') !== (keyFile === '')) {
    throw new Error('a certificate needs its key, and a key its certificate');
  }
  const contents = {
    ...(certFile !== '' && { cert: readFileSync(certFile) }),
    ...(keyFile !== '' && { key: readFileSync(keyFile) }),
    ...(caFile !== '' && { ca: readFileSync(caFile) }),
  };
  // It throws for what is no certificate, and for a key that is of another one.
  createSecureContext(contents);
  return contents;
}

function isSame(one: TlsContents, other: TlsContents): boolean {
  const names = ['cert', 'key', 'ca'] as const;
  return names.every((name) => String(one[name]) === String(other[name]));
}
