import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { repair } from '../../src/local/append-only-file.js';
import {
  BASE,
  FIRST,
  MANIFEST,
  makeSampleData,
  type SampleData,
  SECOND,
  WRITES,
  writesIn,
} from '../support/damaged-aof.js';
import { REDIS_PROGRAMS } from '../support/held-redis.js';

const BASE_WRITES = WRITES / 3;
const FIRST_WRITES = (2 * WRITES) / 3;

/** Changes the bytes of a file. */
type Harm = (bytes: Buffer) => Buffer;

const zeros =
  (count: number): Harm =>
  (bytes) =>
    Buffer.concat([bytes, Buffer.alloc(count)]);

const garbageAt =
  (part: number, garbage = Buffer.alloc(60, 'x')): Harm =>
  (bytes) => {
    const harmed = Buffer.from(bytes);
    garbage.copy(harmed, Math.floor(part * Math.max(0, bytes.length - garbage.length)));
    return harmed;
  };

const replaced =
  (what: string, by: string): Harm =>
  (bytes) =>
    Buffer.from(
      bytes.toString('latin1').replace(what, () => by),
      'latin1',
    );

const emptied: Harm = () => Buffer.alloc(0);

const ALL = WRITES;

/** What is done to which file, what is said of it, and how many writes are there after the repair. */
const DAMAGES: [string, Harm | 'removed', RegExp, number][] = [
  [SECOND, zeros(1), /ends in 1 zero bytes, as a loss of power leaves them$/, ALL],
  [SECOND, zeros(4_096), /ends in 4096 zero bytes, as a loss of power leaves them$/, ALL],
  [SECOND, (bytes) => zeros(512)(bytes.subarray(0, -7)), /is damaged from byte/, ALL - 1],
  [SECOND, garbageAt(0.001), /is damaged from byte/, FIRST_WRITES],
  // Redis would take these for a write that was cut short, and leave out all that follows.
  [SECOND, replaced('$19\r\nes:{s23}', '$99999999\r\nes:{s23}'), /is damaged from byte/, 23],
  [SECOND, replaced('EXEC', 'EXECUTES'), /is damaged from byte/, FIRST_WRITES],
  [FIRST, zeros(4_096), /ends in 4096 zero bytes/, FIRST_WRITES],
  [FIRST, (bytes) => bytes.subarray(0, -7), /is damaged from byte/, FIRST_WRITES - 1],
  [FIRST, garbageAt(0.001), /is damaged from byte/, BASE_WRITES],
  [FIRST, 'removed', /is missing$/, BASE_WRITES],
  [BASE, zeros(4_096), /ends in 4096 zero bytes/, ALL],
  [BASE, garbageAt(1, Buffer.alloc(8, 'x')), /is damaged \(.*\)$/, 0],
  [BASE, garbageAt(0.5), /is damaged \(.*\)$/, 0],
  [BASE, garbageAt(0), /is damaged/, 0],
  [BASE, (bytes) => bytes.subarray(0, -30), /is damaged \(.*\)$/, 0],
  [BASE, emptied, /is empty$/, 0],
  [BASE, 'removed', /is missing$/, 0],
  [MANIFEST, 'removed', /is missing$/, ALL],
  [MANIFEST, emptied, /is damaged$/, ALL],
  [MANIFEST, (bytes) => Buffer.alloc(bytes.length), /is damaged$/, ALL],
  [MANIFEST, (bytes) => bytes.subarray(0, -3), /is damaged$/, ALL],
];

describe('A damaged append-only file', () => {
  let sample: SampleData;
  before(async () => {
    sample = await makeSampleData();
  });
  after(() => sample.remove());

  function harmed(file: string, harm: Harm | 'removed'): string {
    const data = sample.copy();
    const path = join(data, 'redis/appendonlydir', file);
    if (harm === 'removed') rmSync(path);
    else writeFileSync(path, harm(readFileSync(path)));
    return data;
  }

  const refusalOf = (data: string) =>
    writesIn(data).then(
      (writes) => `it has started with ${writes.length}`,
      (error: Error) => error.message,
    );

  for (const [index, [file, harm, flaw, kept]] of DAMAGES.entries()) {
    it(`is told, left alone, and repaired on demand: ${index} ${file}`, async () => {
      const data = harmed(file, harm);
      const before = contents(join(data, 'redis/appendonlydir'));
      const refusal = await refusalOf(data);
      expect(refusal).to.match(
        /^\/\S+\/appendonly\S+ .*; 'npm start -- --repair' keeps a copy, and goes on without: [^\n]+$/,
      );
      const [reported = ''] = refusal.split(';');
      expect(reported).to.contain(file).and.to.match(flaw);
      expect(contents(join(data, 'redis/appendonlydir'))).to.deep.equal(before);

      const lines = await repair(REDIS_PROGRAMS.checker, join(data, 'redis'));
      expect(lines[0]).to.match(
        new RegExp(`^${reported}; repaired; lost: \\S+`.replace(/[()]/g, '.')),
      );
      const [, copy = ''] = /^a copy of the damaged files is (\S+)$/.exec(lines.at(-1) ?? '') ?? [];
      expect(contents(copy)).to.deep.equal(before);
      expect(await writesIn(data)).to.deep.equal(Array.from({ length: kept }, (_, one) => one));
      expect(await repair(REDIS_PROGRAMS.checker, join(data, 'redis'))).to.deep.equal([]);
    });
  }

  it('is repaired to what it was at some moment, wherever garbage stands', async () => {
    const garbage = fc.uint8Array({ minLength: 60, maxLength: 600 });
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(FIRST, SECOND),
        place,
        garbage,
        async (file, part, bytes) => {
          const data = harmed(file, garbageAt(part, Buffer.from(bytes)));
          const lines = await repair(REDIS_PROGRAMS.checker, join(data, 'redis'));
          expect(lines[0]).to.match(/is damaged from byte \d+ .* lost: \d+ bytes/);
          const writes = await writesIn(data);
          expect(writes).to.deep.equal(writes.map((_, index) => index));
          expect(writes.length).to.be.within(file === FIRST ? BASE_WRITES : FIRST_WRITES, WRITES);
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it('is not one whose last write was cut short, wherever', async () => {
    const size = statSync(join(sample.copy(), 'redis/appendonlydir', SECOND)).size;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: size }), async (length) => {
        const data = sample.copy();
        truncateSync(join(data, 'redis/appendonlydir', SECOND), length);
        expect(await repair(REDIS_PROGRAMS.checker, join(data, 'redis'))).to.deep.equal([]);
        const writes = await writesIn(data);
        expect(writes).to.deep.equal(writes.map((_, index) => index));
        expect(writes.length).to.be.at.least(FIRST_WRITES);
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  it('is not one of a Redis that was killed before it wrote anything', async () => {
    const data = sample.copy();
    const directory = join(data, 'redis/appendonlydir');
    for (const name of readdirSync(directory)) rmSync(join(directory, name));
    expect(await writesIn(data)).to.deep.equal([]);
    rmSync(join(directory, MANIFEST));
    expect(await writesIn(data)).to.deep.equal([]);
  });

  it('says how many writes to what are lost', async () => {
    const data = harmed(FIRST, replaced('$19\r\nes:{s15}', '$xx\r\nes:{s15}'));
    const [line] = await repair(REDIS_PROGRAMS.checker, join(data, 'redis'));
    // The length of the fifth key is what was damaged.
    expect(line).to.match(
      /lost: \d+ bytes of \S+2\.incr\.aof \(of which can be made out: 4 writes to 4 segments, of 2026-05-23\), \d+ bytes of \S+3\.incr\.aof \(of which can be made out: 10 writes to 10 segments, of 2026-05-23\)$/,
    );
  });

  it('that only Redis itself can tell is told with what to do', async () => {
    const data = harmed(FIRST, replaced('pfadd', 'pfxxx'));
    expect(await refusalOf(data)).to.match(
      /did not start: [^\n]*pfxxx[^\n]*; restore \S+\/redis from a backup, or move it away to start from nothing$/,
    );
  });
});

function contents(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'latin1')]),
  );
}
