import { expect } from 'chai';
import fc from 'fast-check';
import { toFailure } from '../../src/domain/failure.js';
import { type Membership, parseMembership } from '../../src/domain/membership.js';
import { MAX_LINE_BYTES, ONE_LINE } from '../../src/http/bulk/lines.js';
import { MAX_WASTED, readNdjson } from '../../src/http/bulk/ndjson.js';
import { inPieces } from '../support/pieces.js';

const NOW = Date.parse('2026-05-23T12:00:00Z');

/** What a body comes to: for each line its membership, or why it has none. */
async function read(
  body: string | Buffer,
  pieceBytes = 65_536,
): Promise<[line: number, outcome: Membership | string][]> {
  const readFrom = async (form: Buffer | AsyncIterable<Buffer>) => {
    const outcomes: [number, Membership | string][] = [];
    await readNdjson(form, () => NOW, {
      add: (line, membership) => outcomes.push([line, membership]),
      refuse: (line, { message }) => outcomes.push([line, message]),
      room: async () => {},
    });
    return outcomes;
  };
  const inParts = await readFrom(inPieces(body, pieceBytes));
  expect(await readFrom(Buffer.from(body)), 'as a whole').to.deep.equal(inParts);
  return inParts;
}

const GOOD = '{"segment":"a","user_id":"1"}\n';
const AHEAD = '{"segment":"a","user_id":"1","occurred_at":"2027-01-01T00:00:00Z"}\n';

const at = (segment: string, userId: string, occurredAt = NOW) => ({ segment, userId, occurredAt });

describe('readNdjson', () => {
  it('reads the same whatever the pieces', async () => {
    const body =
      '{"segment":"a","user_id":"1"}\r\n\n  \n{"user_id": "😀", "segment": "я"}\n["x"]\nbroken\n{"segment":"b","user_id":"2"}';
    for (let size = 1; size <= Buffer.byteLength(body); size += 1) {
      expect(await read(body, size)).to.deep.equal([
        [1, at('a', '1')],
        [4, at('я', '😀')],
        [5, 'a membership must be a JSON object, not an array'],
        [6, 'the JSON is broken'],
        [7, at('b', '2')],
      ]);
    }
  });

  it('says what was likely meant by lines that are no NDJSON', async () => {
    const one = GOOD.trim();
    const array = /^the JSON is broken.*; a JSON array needs Content-Type: application\/json$/;
    const more = /^the JSON is broken at position \d+; a line has one membership .* --data-binary/;
    for (const [line, said] of [
      [one + one, more],
      [`${one} ${one}`, more],
      [`${one},`, more],
      [`${one}]`, more],
      ['{} "x"', more],
      [one.repeat(1_000), /^a line must be at most \d+ bytes; .* --data-binary/],
      ['[', array],
      [` [${one},`, array],
      [`[${one}] ${one}`, array],
      ['{"segment":', /^the JSON is broken( at position \d+)?$/],
      [`x${one}`, /^the JSON is broken( at position \d+)?$/],
    ] as const) {
      const [[, outcome] = []] = await read(`${line}\n`);
      expect(outcome, line).to.match(said);
    }
  });

  it('passes over a byte order mark and blank lines', async () => {
    expect(await read('\ufeff{"segment":"a","user_id":"1"}\n')).to.deep.equal([[1, at('a', '1')]]);
    expect(await read('\n\n\r\n')).to.deep.equal([]);
  });

  it('ends where too many lines more are wasted than have a membership, whatever wastes them', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom(GOOD, 'x\n', '\n', '  \n', '"\ud800"\n', '[]\n', AHEAD, '\xff\n'),
            fc.integer({ min: 1, max: 1_500 }),
          ),
          { minLength: 1, maxLength: 8 },
        ),
        fc.integer({ min: 1_000, max: 70_000 }),
        async (runs, pieceBytes) => {
          let mayWaste = MAX_WASTED;
          let expected = 0;
          let ends = false;
          for (const [text, times] of runs) {
            for (let time = 0; time < times && !ends; time += 1) {
              mayWaste += text === GOOD ? 1 : -1;
              if (text !== '\n' && text !== '  \n') expected += 1;
              ends = mayWaste < 0;
            }
          }
          const body = Buffer.concat(
            runs.map(([text, times]) => Buffer.from(text.repeat(times), 'latin1')),
          );
          const outcomes: unknown[] = [];
          const note = (...outcome: unknown[]) => void outcomes.push(outcome);
          const sink = { add: note, refuse: note, room: async () => {} };
          const error = await readNdjson(inPieces(body, pieceBytes), () => NOW, sink).then(
            () => undefined,
            toFailure,
          );
          expect(error?.kind).to.equal(ends ? 'invalid' : undefined);
          expect(outcomes).to.have.length(expected);
        },
      ),
    ));

  it('refuses a line that is not UTF-8, or too long, alone', async () => {
    const good = '{"segment":"a","user_id":"1"}\n';
    const long = `{"segment":"a","user_id":"b","x":"${'y'.repeat(MAX_LINE_BYTES)}"}\n`;
    const body = Buffer.concat(
      [good, '"', Buffer.from([0xff]), '"\n', long, good].map((part) => Buffer.from(part)),
    );
    for (const size of [7, 1_024, 65_536]) {
      expect(await read(body, size)).to.deep.equal([
        [1, at('a', '1')],
        [2, 'the line is not valid UTF-8'],
        [3, `a line must be at most 16384 bytes; ${ONE_LINE}`],
        [4, at('a', '1')],
      ]);
    }
  });

  it('judges a line as a single membership is judged, however it is written', async () => {
    const name = fc.oneof(
      fc.string({ minLength: 0, maxLength: 4 }),
      fc.string({ unit: 'binary', maxLength: 120 }),
      fc.constantFrom(
        '\ud800',
        '\u0085',
        '"',
        '\\',
        '.',
        '..',
        '...',
        'x'.repeat(86),
        'я'.repeat(128),
        'я'.repeat(129),
      ),
    );
    const time = fc.constantFrom(
      undefined,
      '2026-05-23T11:59:59Z',
      '2026-05-20t01:00:00.5+02:00',
      '2026-05-23T12:05:00.001Z',
      '2001-01-01T00:00:00Z',
      '2026-02-30T00:00:00Z',
      'yesterday at about noon',
    );
    const text = fc
      .record({ segment: name, user_id: name, occurred_at: time })
      .chain((membership) =>
        fc.constantFrom(
          JSON.stringify(membership),
          JSON.stringify(membership, null, 1).replaceAll('\n', ''),
          JSON.stringify(membership).replaceAll('":"', '": "').replaceAll('","', '", "'),
          JSON.stringify({ more: 1, ...membership }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 8 }), async (lines) => {
        const expected = lines.map((line, index) => [index + 1, judge(line)]);
        expect(await read(lines.map((line) => `${line}\n`).join(''))).to.deep.equal(expected);
      }),
      { numRuns: 500 },
    );
  });
});

function judge(json: string): Membership | string {
  try {
    return parseMembership(JSON.parse(json), NOW);
  } catch (error) {
    return (error as Error).message;
  }
}
