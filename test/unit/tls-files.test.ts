import { expect } from 'chai';
import { StartError } from '../../src/shared/lifecycle.js';
import type { Logger } from '../../src/shared/logger.js';
import { readTlsFiles, watchServerTls, watchTlsFiles } from '../../src/shared/tls/files.js';
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
});
