import { expect } from 'chai';
import fc from 'fast-check';
import { createMessageCutter } from '../../src/http/connection/message-cutter.js';

interface Message {
  head: string;
  headers: Record<string, string>;
  body: string;
}

/** What a body may be that looks like something else. */
const content = fc
  .array(fc.constantFrom('\r\n\r\n', '\r\n', '\n', '0\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', 'a'), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

const sized: fc.Arbitrary<Message> = content.map((body) => ({
  head: 'POST / HTTP/1.1\r\nContent-Length: n\r\n\r\n',
  headers: { 'content-length': String(body.length) },
  body,
}));

const chunked: fc.Arbitrary<Message> = fc
  .record({
    parts: fc.array(
      content.filter((part) => part !== ''),
      { maxLength: 4 },
    ),
    extension: fc.constantFrom('', ';a=b', ` ;a="${'x'.repeat(40)}"`),
    zeros: fc.nat(40).map((count) => '0'.repeat(count)),
    trailers: fc.constantFrom('', 'X-Sum: 0\r\n'),
  })
  .map(({ parts, extension, zeros, trailers }) => ({
    head: 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n',
    headers: { 'transfer-encoding': 'chunked' },
    body: `${parts.map((part) => `${zeros}${part.length.toString(16)}${extension}\r\n${part}\r\n`).join('')}${zeros}0\r\n${trailers}\r\n`,
  }));

const bare: fc.Arbitrary<Message> = fc.constantFrom(
  { head: 'GET / HTTP/1.1\r\n\r\n', headers: {}, body: '' },
  { head: '\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n', headers: {}, body: '' },
);

/** Cuts bytes as they come, and tells where each piece ends. */
function cut(messages: readonly Message[], reads: readonly number[]): number[] {
  const bytes = Buffer.from(messages.map(({ head, body }) => head + body).join(''));
  const headersAt = new Map<number, Record<string, string>>();
  let length = 0;
  for (const { head, headers, body } of messages) {
    headersAt.set(length + head.length, headers);
    length += head.length + body.length;
  }
  const cutter = createMessageCutter();
  const ends: number[] = [];
  let at = 0;
  for (const read of [...reads.toSorted((one, other) => one - other), bytes.length]) {
    while (at < Math.min(read, bytes.length)) {
      at += cutter.next(bytes.subarray(at, read));
      ends.push(at);
      const headers = headersAt.get(at);
      if (headers !== undefined) cutter.headRead(headers);
    }
  }
  return ends;
}

describe('cutting the bytes of a connection', () => {
  const messages = fc.array(fc.oneof(sized, chunked, bare), { minLength: 1, maxLength: 6 });

  it('is done at the end of every head and every body, however they come', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat(600)), (all, reads) => {
        const ends = new Set(cut(all, reads));
        let end = 0;
        for (const { head, body } of all) {
          end += head.length;
          expect(ends).to.include(end);
          end += body.length;
          expect(ends).to.include(end);
        }
      }),
    );
  });

  it('is done three times a message at most, whatever is in its body', () => {
    fc.assert(
      fc.property(messages, (all) => {
        // Its head, its body, its trailers.
        expect(cut(all, []).length).to.be.at.most(3 * all.length);
      }),
    );
  });
});
