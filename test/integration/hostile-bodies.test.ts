import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { describeAttacked, MEBIBYTE } from '../support/attacked-es.js';
import { send } from '../support/http.js';
import { openRaw, rawRequest } from '../support/raw.js';

describeAttacked('hostile clients with bodies', (attacked) => {
  it('can go on after a body that was too large, zipped or not', async () => {
    const body = Buffer.alloc(5 * MEBIBYTE, randomBytes(64 * 1024));
    for (const [encoding, bytes] of [
      ['identity', body],
      ['gzip', gzipSync(body)],
    ] as const) {
      const connection = await openRaw(attacked.port);
      const headers = { 'Content-Type': 'application/json', 'Content-Encoding': encoding };
      connection.send(rawRequest('POST /segment', headers, bytes));
      expect(await connection.receive()).to.match(/^HTTP\/1.1 413 /);
      connection.send(rawRequest('GET /segment/canary', {}));
      expect(await connection.receive()).to.match(/^HTTP\/1.1 200 /);
      connection.close();
    }
  });

  it('are refused bodies that are too large', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = `{"segment":"${'x'.repeat(50 * MEBIBYTE)}"}`;
    for (const path of ['/segment', '/counts', '/segments']) {
      const { status } = await send(attacked.base, path, { headers, body });
      expect(status, path).to.equal(413);
    }
  });

  const deep = '['.repeat(30_000) + ']'.repeat(30_000);
  const keys = Array.from({ length: 100_000 }, (_, index) => `"${index}":0`).join(',');
  for (const [what, json] of Object.entries({
    'deep JSON': `{"segment":${deep},"user_id":"u"}`,
    'JSON of 100,000 keys': `{${keys}}`,
    'keys of prototypes': '{"__proto__":{"segment":"smuggled","user_id":"u"}}',
  })) {
    it(`are refused ${what}`, async () => {
      for (const path of ['/segment', '/counts']) {
        const headers = { 'content-type': 'application/json' };
        const { status } = await send(attacked.base, path, { headers, body: json });
        expect(status, path).to.be.oneOf([400, 413]);
      }
      const lines = { headers: { 'content-type': 'application/x-ndjson' }, body: json };
      const { json: answer } = await send(attacked.base, '/segments', lines);
      expect(answer.accepted ?? 0).to.equal(0);
    });
  }

  it('cannot fill memory by gzip', async () => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' };
    const bodies = [Buffer.alloc(300 * MEBIBYTE, 'x'), Buffer.alloc(100 * MEBIBYTE, '\n')];
    for (const body of bodies) {
      const { status } = await send(attacked.base, '/segments', { headers, body: gzipSync(body) });
      expect(status).to.be.oneOf([202, 400, 413]);
    }
  });
});
