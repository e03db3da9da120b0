import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { send } from '../support/http.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const MIB = 1024 * 1024;

/** So little heap that whoever parses a body before its limits runs out of it. */
const SMALL_HEAP = { NODE_OPTIONS: '--max-old-space-size=128' };

/** The routes that read JSON whole, with the most bytes they read. */
const ROUTES = [
  ['/segments', 16 * MIB],
  ['/counts', 2 * MIB],
  ['/overlap', 128 * 1024],
  ['/estimate', 128 * 1024],
] as const;

/** Values that are much work for few bytes, each with what is before and behind all of them. */
const SHAPES: Record<string, [before: string, value: string, behind: string]> = {
  'empty objects': ['[', '{},', '{}]'],
  'empty arrays in a member': ['{"segments":[', '[],', '[]]}'],
  numbers: ['[', '0,', '0]'],
  'objects of one member': ['[', '{"a":0},', '0]'],
  'memberships of many members': [`[{"more":[`, '{},', '0]}]'],
  'arrays in each other': ['', '[', ''],
  'objects in each other': ['', '{"a":', ''],
};

describe('Bodies of JSON that are more work than bytes', function () {
  this.timeout(900_000);
  let es: AttackedEs;
  before(async () => {
    es = await startAttackedEs(SMALL_HEAP);
  });
  after(() => es.close());

  const fill = ([before, value, behind]: [string, string, string], bytes: number) =>
    before +
    value.repeat(Math.floor((bytes - before.length - behind.length) / value.length)) +
    behind;

  for (const [path, bytes] of ROUTES) {
    it(`are refused by ${path} with the limit named, and parsed by nobody`, async () => {
      const shapes = Object.entries(SHAPES).slice(0, atScale(2, Number.POSITIVE_INFINITY));
      for (const [what, shape] of shapes) {
        const before = { cpu: await es.cpu(), resident: await es.resident() };
        const body = gzipSync(fill(shape, bytes));
        const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
        const answers = await Promise.all(
          Array.from({ length: atScale(2, 8) }, () => send(es.base, path, { body, headers })),
        );
        for (const { status, json } of answers) {
          expect(status, what).to.be.oneOf([400, 413]);
          expect(json.detail).to.match(/must (have|be) at most \d+ (values|entries|levels deep)/);
        }
        const seconds = ((await es.cpu()) - before.cpu) / answers.length;
        const grown = (await es.resident()) - before.resident;
        show(
          `${what} to ${path}: ${body.length} bytes, ${seconds.toFixed(3)} s of CPU each, ${Math.round(grown / MIB)} MiB`,
        );
        expect(grown).to.be.lessThan(64 * MIB);
      }
      expect(es.process.child.exitCode).to.equal(null);
    });
  }

  it('are no more work a line of NDJSON than its 16 KiB are', async () => {
    const count = atScale(200, 1_000);
    for (const [what, shape] of Object.entries(SHAPES)) {
      const before = { cpu: await es.cpu(), resident: await es.resident() };
      const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' };
      const body = gzipSync(`${fill(shape, 16_384)}\n`.repeat(count));
      const { status, json } = await send(es.base, '/segments', { body, headers });
      expect([status, json.accepted, json.rejected], what).to.deep.equal([202, 0, count]);
      const seconds = (await es.cpu()) - before.cpu;
      show(`${count} lines, ${what}: ${body.length} bytes, ${seconds.toFixed(2)} s of CPU`);
      expect((await es.resident()) - before.resident).to.be.lessThan(64 * MIB);
    }
  });
});
