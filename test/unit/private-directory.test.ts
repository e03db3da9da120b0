import { expect } from 'chai';
import fc from 'fast-check';
import { type FileFacts, flawOf } from '../../src/local/private-directory.js';

const facts: fc.Arbitrary<FileFacts> = fc
  .record({
    uid: fc.nat({ max: 3 }),
    mode: fc.nat({ max: 0o7777 }),
    kind: fc.constantFrom('file', 'directory', 'link'),
  })
  .map(({ uid, mode, kind }) => ({
    uid,
    mode,
    isDirectory: () => kind === 'directory',
    isSymbolicLink: () => kind === 'link',
  }));

const uids = fc.nat({ max: 3 });

describe('What a user trusts', () => {
  it('is their own, and no link', () => {
    fc.assert(
      fc.property(facts, uids, (file, uid) => {
        const isTrusted = flawOf(file, uid) === undefined;
        expect(isTrusted).to.equal(file.uid === uid && !file.isSymbolicLink());
      }),
    );
  });
});
