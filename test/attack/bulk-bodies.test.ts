import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { send } from '../support/http.js';
import { until } from '../support/until.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const NDJSON = { 'content-type': 'application/x-ndjson' };

/** Names of some length, none of which was there before. */
const NAME = 'a name of nearly as much as one may take in a line that needs no parser of JSON, by ';

/** Lines to a piece: one by one, they keep this process too busy to send the headers of all bodies in time. */
const PIECE = 90;

function* lines(body: number, count: number): Generator<string> {
  for (let from = 0; from < count; from += PIECE) {
    let piece = '';
    for (let line = from; line < Math.min(from + PIECE, count); line += 1) {
      piece += `{"segment":"s${line % 50}","user_id":"${NAME}${body}/${line}"}\n`;
    }
    yield piece;
  }
}

describe('Many bulk bodies at once', function () {
  this.timeout(600_000);
  let es: AttackedEs;
  afterEach(() => es.close());

  for (const [heapMb, bodies] of [
    [64, 12],
    [192, 48],
  ] as const) {
    it(`are stored with ${heapMb} MB of heap, ${bodies} of them as fast as they come`, async () => {
      es = await startAttackedEs({ NODE_OPTIONS: `--max-old-space-size=${heapMb}` });
      const each = atScale(20_000, 200_000);
      const answers = await Promise.all(
        Array.from({ length: bodies }, (_, body) =>
          send(es.base, '/segments', { headers: NDJSON, body: Readable.from(lines(body, each)) }),
        ),
      );
      for (const { status, json } of answers) {
        expect([status, json.accepted]).to.deep.equal([202, each]);
      }
      show(`${bodies} bodies, ${heapMb} MB of heap: ${await es.resident()} bytes resident`);
      expect(es.process.child.exitCode).to.equal(null);
    });
  }

  it('take nothing of the heap for long when their clients stop in the middle', async () => {
    es = await startAttackedEs({ NODE_OPTIONS: '--max-old-space-size=96' });
    const clients: ClientRequest[] = [];
    const each = 9_990;
    for (let body = 0; body < atScale(40, 150); body += 1) {
      const client = request(`${es.base}/segments`, { method: 'POST', headers: NDJSON });
      client.on('error', () => {});
      clients.push(client);
      for (const piece of lines(body, each)) {
        if (!client.write(piece)) await once(client, 'drain');
      }
    }
    const all = clients.length * each;
    await until(async () => (await es.metric('segmentation_memberships_stored_total')) === all);
    for (const client of clients) client.destroy();
    expect(es.process.child.exitCode).to.equal(null);
  });

  it('of JSON are refused when there is too much of them, and others go on', async () => {
    es = await startAttackedEs({ NODE_OPTIONS: '--max-old-space-size=96' });
    const headers = { 'content-type': 'application/json' };
    const clients = Array.from({ length: atScale(30, 200) }, () => {
      const client = request(`${es.base}/segments`, { method: 'POST', headers });
      client.on('error', () => {});
      // Ten members that are passed over, of a megabyte each, and no end.
      for (let member = 0; member < 10; member += 1) {
        client.write(`${member === 0 ? '[{' : ','}"m${member}":"${'x'.repeat(1024 * 1024)}"`);
      }
      return client;
    });
    const answers = clients.map(async (client) => {
      const [{ statusCode }] = await once(client, 'response');
      return statusCode;
    });
    // Who goes on sending may be cut before it reads that.
    expect(await Promise.any(answers)).to.equal(503);
    expect((await send(es.base, '/segment/s')).status).to.equal(200);
    for (const client of clients) client.destroy();
    await Promise.allSettled(answers);
    const small = [{ segment: 's', user_id: 'u' }];
    expect((await send(es.base, '/segments', { body: small })).status).to.equal(202);
    expect(es.process.child.exitCode).to.equal(null);
  });
});
