import { Readable } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { Failure } from '../../src/domain/failure.js';
import { readJson } from '../../src/http/request/body.js';
import { createJsonCounter, MAX_DEPTH } from '../../src/http/request/json-counter.js';
import { makeRequest } from '../support/request.js';

/** How many values there are, where an empty array or object is two; the outermost is none. */
function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value);
  return Math.max(1, inner.length) + inner.reduce((sum, one) => sum + valuesIn(one), 0);
}

function refusal(run: () => void): string {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(Failure);
    return (error as Failure).message;
  }
  return 'none';
}

describe('createJsonCounter', () => {
  it('counts the values of any JSON, in pieces of any size', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.integer({ min: 1, max: 9 }), (json, size) => {
        const values = valuesIn(JSON.parse(json));
        const bytes = Buffer.from(json);
        const read = (limit: number) => {
          const count = createJsonCounter({ values: limit });
          for (let at = 0; at < bytes.length; at += size) count(bytes.subarray(at, at + size));
        };
        expect(refusal(() => read(values))).to.equal('none');
        if (values === 0) return;
        expect(refusal(() => read(values - 1))).to.equal(
          `the body must have at most ${values - 1} values`,
        );
      }),
    );
  });

  it('counts the entries of an array, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (array) => {
        const bytes = Buffer.from(JSON.stringify(array, undefined, 1));
        const read = (entries: number) => createJsonCounter({ entries, instead: 'more' })(bytes);
        expect(refusal(() => read(array.length))).to.equal('none');
        if (array.length === 1) return;
        expect(refusal(() => read(array.length - 1))).to.equal(
          `the array must have at most ${array.length - 1} entries; more`,
        );
      }),
    );
  });

  it('refuses what is too deep', () => {
    const read = (depth: number) => createJsonCounter({})(Buffer.from('{"a":['.repeat(depth / 2)));
    expect(refusal(() => read(MAX_DEPTH))).to.equal('none');
    expect(refusal(() => read(MAX_DEPTH + 2))).to.match(/at most 64 levels deep$/);
  });
});

describe('readJson', () => {
  function* pieces(onRead: () => void): Generator<Buffer> {
    for (;;) {
      onRead();
      yield Buffer.from('[{"more":[{},0,"\\"]"]},'.repeat(100));
    }
  }
  const clients = { nameOf: () => 'a client', quota: undefined };

  it('reads no further than to the first value too many', async () => {
    for (const values of [10, 1_000, 5_000]) {
      let read = 0;
      const body = Readable.from(
        pieces(() => read++),
        { objectMode: false, highWaterMark: 1 },
      );
      const limits = { bytes: Number.POSITIVE_INFINITY, values };
      const error = await readJson(makeRequest(body), limits, { clients }).catch(
        (thrown) => thrown,
      );
      expect(error).to.be.instanceOf(Failure);
      expect(read).to.be.at.most(values / 500 + 3);
      body.destroy();
    }
  });

  it('reads no further once its client has gone', async () => {
    let read = 0;
    const body = Readable.from(
      pieces(() => read++),
      { objectMode: false, highWaterMark: 1 },
    );
    const limits = { bytes: Number.POSITIVE_INFINITY };
    const error = await readJson(
      makeRequest(body, {}, () => read > 5),
      limits,
      { clients },
    ).catch((thrown) => thrown);
    expect(error).to.include({ message: 'nobody waits for the answer any more' });
    expect(read).to.be.at.most(8);
    body.destroy();
  });
});
