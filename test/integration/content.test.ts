import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { send } from '../support/http.js';
import { type System, startSystem } from '../support/system.js';

const BODIES = {
  membership: { path: '/segment', text: '{"segment":"s","user_id":"u"}' },
  lines: { path: '/segments', text: '{"segment":"s","user_id":"u"}\n' },
  array: { path: '/segments', text: '[{"segment":"s","user_id":"u"}]' },
  counts: { path: '/counts', text: '{"segments":["s"]}' },
} as const;
const JSON_NAMES = [
  'application/json',
  'Application/JSON',
  'application/json; charset=UTF-8',
  'application/json;charset="utf-8"',
  'APPLICATION/JSON ; Charset=utf8',
];
const NDJSON_NAMES = [
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonl',
  'application/jsonlines',
  'application/x-jsonlines',
  'application/json-lines',
  'Application/X-NDJSON',
  'application/JSONL; charset=utf-8',
  'application/x-json-lines',
];
const OTHER_NAMES: [type: string | undefined, why: RegExp][] = [
  [undefined, /; there is none: with curl add -H 'Content-Type: application\/(json|x-ndjson)'$/],
  ['', /; there is none: with curl add -H 'Content-Type: application\/(json|x-ndjson)'$/],
  [
    'application/x-www-form-urlencoded',
    /; curl -d sends a form by itself: with curl add -H 'Content-Type: application\/(json|x-ndjson)'$/,
  ],
  ['Application/X-WWW-Form-Urlencoded; charset=UTF-8', /; curl -d sends a form/],
  [
    'multipart/form-data; boundary=x',
    /; send the body itself, as --data-binary does, not a form: with curl add -H/,
  ],
  ['text/plain', /; a body of text\/plain is not looked into: with curl add -H/],
  ['text/plain;charset=UTF-8', /; a body of text\/plain is not looked into: with curl add -H/],
  ['text/csv', /^Content-Type must be [^;]*$/],
  ['application/json-seq', /^Content-Type must be [^;]*$/],
  ['constructor', /^Content-Type must be [^;]*$/],
  ['__proto__', /^Content-Type must be [^;]*$/],
];

const as = (coding: string, bytes: Buffer) => ({ coding, bytes });
const plain = Buffer.from(BODIES.lines.text);
const TAKEN = [
  ...['gzip', 'GZIP', 'GZip', 'x-gzip', 'X-GZIP', ' gzip ', 'gzip, identity', 'identity,Gzip'].map(
    (coding) => as(coding, gzipSync(plain)),
  ),
  ...['identity', 'Identity', '', ',', 'identity, identity'].map((coding) => as(coding, plain)),
];
const REFUSED = [
  as('br', brotliCompressSync(plain)),
  as('deflate', deflateSync(plain)),
  as('zstd', plain),
  as('gzip, gzip', gzipSync(gzipSync(plain))),
  as('gzip, br', plain),
  as('compress', plain),
  as('x-gzip,GZIP', plain),
  as('gzip;q=1', plain),
  as('*', plain),
  as('gz', plain),
];

for (const name of ['uss', 'es'] as const) {
  describe(`Bodies as ${name.toUpperCase()} takes them`, () => {
    let system: System;
    let base: string;
    before(async () => {
      system = await startSystem();
      base = system.urls[name];
    });
    after(() => system.close());

    const post = (path: string, type: string | undefined, body: string | Buffer, coding?: string) =>
      send(base, path, {
        method: 'POST',
        body: Buffer.from(body),
        headers: {
          ...(type !== undefined && { 'content-type': type }),
          ...(coding !== undefined && { 'content-encoding': coding }),
        },
      });

    for (const [what, { path, text }] of Object.entries(BODIES)) {
      const names = what === 'lines' ? NDJSON_NAMES : JSON_NAMES;
      it(`takes ${what} by every name of their type`, async () => {
        for (const type of names) {
          const { status, json } = await post(path, type, text);
          expect([status, json.rejected ?? 0], type).to.deep.equal([
            what === 'counts' ? 200 : 202,
            0,
          ]);
        }
      });

      it(`refuses ${what} of another type, and names the remedy`, async () => {
        const accept =
          path === '/segments' ? 'application/x-ndjson, application/json' : 'application/json';
        for (const [type, why] of OTHER_NAMES) {
          const { status, json, headers } = await post(path, type, text);
          expect([status, headers.accept], type).to.deep.equal([415, accept]);
          expect(json.detail).to.contain(accept.replace(', ', ' or ')).and.to.match(why);
        }
      });

      it(`takes ${what} in every form of gzip, and refuses other codings`, async () => {
        for (const { coding, bytes } of TAKEN) {
          const body = bytes.equals(plain) ? Buffer.from(text) : gzipSync(text);
          const { status, json } = await post(path, names[0], body, coding);
          expect([status, json.rejected ?? 0], coding).to.deep.equal([
            what === 'counts' ? 200 : 202,
            0,
          ]);
        }
        for (const { coding, bytes } of REFUSED) {
          const { status, json, headers } = await post(path, names[0], bytes, coding);
          expect([status, headers['accept-encoding']], coding).to.deep.equal([
            415,
            'gzip, identity',
          ]);
          expect(json.detail).to.equal('Content-Encoding must be gzip, once, or identity');
        }
      });
    }

    it('names in its document every type that NDJSON is taken by', async () => {
      const { json } = await send(base, '/openapi.json');
      const { description } = json.paths['/segments'].post;
      for (const type of NDJSON_NAMES.filter((one) => /^[a-z/-]+$/.test(one)).slice(1)) {
        expect(description).to.contain(`\`${type}\``);
      }
    });
  });
}
