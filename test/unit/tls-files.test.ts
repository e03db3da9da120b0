import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { StartError } from '../../src/process/lifecycle.js';
import type { Logger } from '../../src/telemetry/logger.js';
import { readTlsFiles, type TlsPaths, watchServerTls, watchTlsFiles } from '../../src/tls/files.js';
import { type Authority, createAuthority } from '../support/certificates.js';

const logger = {} as Logger;
const READERS = {
  'who connects': (paths: object) => watchTlsFiles(paths, logger),
  'who connects once': readTlsFiles,
  'who serves': (paths: object) => watchServerTls(paths, logger),
};

describe('The certificate', () => {
  let ours: Authority;
  before(() => {
    ours = createAuthority();
  });
  after(() => ours.close());

  for (const [who, read] of Object.entries(READERS)) {
    for (const left of ['certFile', 'keyFile'] as const) {
      for (const authorities of [true, false]) {
        it(`of ${who} is not half a one: ${left} alone, ${authorities ? 'with' : 'without'} authorities`, () => {
          const file = ours.issue('half')[left];
          const paths = { [left]: file, ...(authorities && { caFile: ours.caFile }) };
          expect(() => read(paths)).to.throw(
            StartError,
            'cannot use the certificates: a certificate needs its key, and a key its certificate',
          );
        });
      }
    }
  }

  const passphrase = () => {
    const { keyFile } = ours.issue('locked');
    const key = createPrivateKey(readFileSync(keyFile));
    return key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
  };
  const key = 'has no key without a passphrase in PEM';
  const certificate = 'has no certificate in PEM';
  const rows: [part: keyof TlsPaths, what: string, content: () => string | Buffer, says: string][] =
    [
      [
        'keyFile',
        'the key of another',
        () => readFileSync(ours.issue('b').keyFile),
        'is not the key of',
      ],
      ['keyFile', 'a key with a passphrase', passphrase, key],
      ['keyFile', 'a certificate', () => readFileSync(ours.issue('b').certFile), key],
      ['keyFile', 'nothing', () => '', key],
      ['certFile', 'a key', () => readFileSync(ours.issue('b').keyFile), certificate],
      ['certFile', 'DER', () => new X509Certificate(readFileSync(ours.caFile)).raw, certificate],
      ['caFile', 'nothing', () => '', certificate],
      ['caFile', 'a page', () => '<html></html>', certificate],
      ['caFile', 'half of one', () => readFileSync(ours.caFile).subarray(0, 200), certificate],
    ];
  for (const [part, what, content, says] of rows) {
    it(`that cannot be used is told by its file: ${part} with ${what}`, () => {
      const paths = { ...ours.issue('whole'), caFile: ours.caFile };
      const file = join(dirname(ours.caFile), 'odd');
      writeFileSync(file, content());
      for (const read of Object.values(READERS)) {
        expect(() => read({ ...paths, [part]: file })).to.throw(
          StartError,
          `cannot use the certificates: ${file} ${says}`,
        );
      }
    });
  }
});
