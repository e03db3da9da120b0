import { expect } from 'chai';
import { openRaw, rawRequest } from '../support/raw.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const MIB = 1024 * 1024;
const BODY_BYTES = atScale(2 * MIB, 15 * MIB);
const TYPE = { 'Content-Type': 'application/json' };

/** Bodies that may reach whoever reads them in many parts of a few bytes each. */
const BODIES: Record<string, (bytes: number) => Buffer> = {
  'blank lines': (bytes) => rawRequest('POST /segments', TYPE, blank(bytes)),
  'blank lines, in chunks': (bytes) => inChunks(blank(bytes), 1_000),
  'chunks of one byte': (bytes) => inChunks(' '.repeat(bytes), 1),
  'chunks of five bytes': (bytes) => inChunks(blank(bytes), 5),
};

function blank(bytes: number): string {
  return '\r\n\r\n'.repeat(bytes / 4);
}

function inChunks(body: string, size: number): Buffer {
  const head = rawRequest('POST /segments', { ...TYPE, 'Transfer-Encoding': 'chunked' });
  const length = `${size.toString(16)}\r\n`;
  let chunks = '';
  for (let at = 0; at + size <= body.length; at += size) {
    chunks += `${length}${body.slice(at, at + size)}\r\n`;
  }
  return Buffer.concat([head, Buffer.from(`${chunks}0\r\n\r\n`)]);
}

describe('Bodies that come in small parts', function () {
  this.timeout(900_000);
  let es: AttackedEs;
  before(async () => {
    es = await startAttackedEs({ NODE_OPTIONS: '--max-old-space-size=128' });
  });
  after(() => es.close());

  for (const [what, bytesOf] of Object.entries(BODIES)) {
    it(`take no more memory than in large ones: ${what}`, async () => {
      const before = { cpu: await es.cpu(), resident: await es.resident() };
      const client = await openRaw(es.httpPort);
      client.send(bytesOf(BODY_BYTES));
      expect(await client.receive()).to.match(/^HTTP\/1\.1 400 .*the JSON is empty/s);
      client.close();
      const grown = (await es.resident()) - before.resident;
      const seconds = (await es.cpu()) - before.cpu;
      show(`${what}: ${Math.round(grown / MIB)} MiB, ${seconds.toFixed(2)} s of CPU`);
      expect(grown).to.be.lessThan(6 * BODY_BYTES + 32 * MIB);
    });
  }
});
