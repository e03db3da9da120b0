import { expect } from 'chai';
import fc from 'fast-check';
import { decodeSketch } from '../../src/es/sketch/decode.js';
import { encodeDense } from '../support/sketches.js';

const HEADER = [...Buffer.from('HYLL'), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const ALL_ZERO = [0x7f, 0xff];

const sparse = (...codes: number[]) => Uint8Array.from([...HEADER, ...codes]);

describe('a sketch of Redis', () => {
  it('is all zeros when the key is not there', () => {
    expect(decodeSketch(null)).to.deep.equal(new Uint8Array(16_384));
  });

  it('is read when sparse', () => {
    // 64 zeros, 3 times 32, 257 zeros, 1 once, and zeros to the end.
    const rest = 16_384 - 64 - 3 - 257 - 1;
    const codes = [0x3f, 0xfe, 0x41, 0x00, 0x80, 0x40 | ((rest - 1) >> 8), (rest - 1) & 255];
    const registers = decodeSketch(sparse(...codes));
    expect(Array.from(registers.subarray(63, 68))).to.deep.equal([0, 32, 32, 32, 0]);
    expect(Array.from(registers.subarray(323, 326))).to.deep.equal([0, 1, 0]);
    expect(registers.reduce((sum, value) => sum + value)).to.equal(97);
  });

  it('is read when dense', () => {
    const value = fc.integer({ min: 0, max: 51 });
    fc.assert(
      fc.property(fc.array(value, { minLength: 16_384, maxLength: 16_384 }), (values) => {
        expect(decodeSketch(encodeDense(values))).to.deep.equal(Uint8Array.from(values));
      }),
      { numRuns: 5 },
    );
  });

  it('is refused with any value above 51, anywhere', () => {
    for (let value = 0; value < 64; value += 1) {
      for (const index of [0, 1, 2, 3, 16_383]) {
        const bytes = encodeDense(new Uint8Array(16_384).with(index, value));
        if (value <= 51) expect(decodeSketch(bytes)[index]).to.equal(value);
        else expect(() => decodeSketch(bytes)).to.throw(Error, `register ${index} is ${value}`);
      }
    }
  });

  for (const [what, bytes, message] of [
    ['nothing', new Uint8Array(), /0 bytes are fewer than its header of 16/],
    ['a cut header', sparse().subarray(0, 15), /15 bytes are fewer/],
    ['some other string', Buffer.from('something else altogether'), /does not start with HYLL/],
    ['an unknown encoding', sparse(...ALL_ZERO).with(4, 2), /encoding is 2, neither/],
    [
      'a dense one cut off',
      encodeDense([]).subarray(0, 12_303),
      /must have 12304 bytes, not 12303/,
    ],
    ['a dense one too long', Uint8Array.from([...encodeDense([]), 0]), /must have 12304 bytes/],
    ['a value too large', encodeDense([1, 52]), /register 1 is 52, more than 51/],
    ['no runs', sparse(), /hold 0 registers, not 16384/],
    ['too few runs', sparse(0x7f, 0xfe), /hold 16383 registers, not 16384/],
    ['a run too many', sparse(...ALL_ZERO, 0x80), /ends beyond register 16383/],
    ['a run cut off', sparse(0x7f), /last run is cut off/],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(() => decodeSketch(bytes)).to.throw(Error, message);
    });
  }

  it('is refused or read, whatever the bytes', () => {
    const body = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(body, fc.integer({ min: 0, max: 3 }), (bytes, encoding) => {
        const sketch = Uint8Array.from([...HEADER, ...bytes]).with(4, encoding);
        try {
          expect(decodeSketch(sketch)).to.have.length(16_384);
        } catch (error) {
          expect((error as Error).message).to.match(/^not a HyperLogLog of Redis: /);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
