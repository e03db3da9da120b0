import { expect } from 'chai';
import fc from 'fast-check';
import { Failure } from '../../src/domain/failure.js';
import { createMessageReader } from '../../src/es/grpc/message-reader.js';
import { framed } from '../support/http2-calls.js';

const MAX_BYTES = 300;

const contents = fc.uint8Array({ maxLength: MAX_BYTES }).map((bytes) => Buffer.from(bytes));

/** Cuts bytes into pieces of some lengths, over and over. */
function* piecesOf(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
    const length = lengths[piece % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

function createReader(options: { takesMany?: boolean } = {}) {
  const kept = { bytes: 0, most: 0 };
  const reader = createMessageReader({
    maxBytes: MAX_BYTES,
    takesMany: true,
    ...options,
    onKeep(bytes) {
      kept.bytes = bytes;
      kept.most = Math.max(kept.most, bytes);
    },
  });
  return { reader, kept };
}

describe('a reader of messages', () => {
  it('returns them as they were, however they are cut', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(contents), lengths, (all, pieces) => {
        const { reader, kept } = createReader();
        const frames = all.map((content) => framed(content));
        const read = [...piecesOf(Buffer.concat(frames), pieces)].flatMap((piece) =>
          reader.read(piece),
        );
        expect(read.map((message) => message.subarray(5).toString('hex'))).to.deep.equal(
          all.map((content) => content.toString('hex')),
        );
        expect(kept.bytes).to.equal(0);
      }),
    );
  });

  it('keeps at most twice what has come of a message, and none of what came with it', () => {
    fc.assert(
      fc.property(contents, fc.nat(MAX_BYTES + 5), (content, cut) => {
        const { reader, kept } = createReader();
        const frame = framed(content);
        const others = framed(Buffer.alloc(MAX_BYTES));
        reader.read(Buffer.concat([others, others, frame.subarray(0, cut)]));
        expect(kept.most).to.be.at.most(2 * Math.min(cut, frame.length));
      }),
    );
  });

  it('refuses a message that is too large by its prefix, before anything of it is kept', () => {
    const lengths = fc.integer({ min: MAX_BYTES + 1, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 5 }), fc.boolean(), (length, cut, isCut) => {
        const { reader, kept } = createReader();
        const bytes = framed(Buffer.alloc(10), { length });
        const pieces = isCut ? [bytes.subarray(0, cut), bytes.subarray(cut)] : [bytes];
        expect(() => pieces.map((piece) => reader.read(piece)))
          .to.throw(Failure)
          .that.has.property('kind', 'limited');
        expect(kept.most).to.be.at.most(5);
      }),
    );
  });

  it('refuses a message that is compressed by its prefix, before anything else of it is kept', () => {
    const flags = fc.integer({ min: 1, max: 255 });
    const lengths = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(contents, flags, lengths, (content, flag, pieces) => {
        const { reader, kept } = createReader();
        const bytes = framed(content);
        bytes[0] = flag;
        expect(() => [...piecesOf(bytes, pieces)].map((piece) => reader.read(piece)))
          .to.throw(Failure)
          .that.deep.includes({ kind: 'wrong-method' });
        expect(kept.most).to.be.at.most(5);
      }),
    );
  });

  it('takes one message where the method does', () => {
    const { reader } = createReader({ takesMany: false });
    expect(reader.read(framed(Buffer.alloc(5)))).to.have.lengthOf(1);
    expect(() => reader.read(Buffer.alloc(1))).to.throw('one message');
  });
});
