import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { send } from '../support/http.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const HEADERS = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' };

const GOOD = '{"segment":"s","user_id":"u"}\n';

/** Lines that are work for nothing, of which millions are a few thousand bytes of gzip. */
const LINES: Record<string, string> = {
  letters: 'x\n',
  'blank lines': '\n',
  'lines of a space': ' \n',
  'empty objects': '{}\n',
  'names that are empty': '{"segment":"","user_id":""}\n',
  'times to come': '{"segment":"s","user_id":"u","occurred_at":"2999-01-01T00:00:00Z"}\n',
};

describe('Bodies of NDJSON that are hardly any', function () {
  this.timeout(120_000);
  let es: AttackedEs;
  before(async () => {
    es = await startAttackedEs();
  });
  after(() => es.close());

  for (const [what, line] of Object.entries(LINES)) {
    it(`end at a line that is named: ${what}`, async () => {
      const body = gzipSync(GOOD.repeat(10) + line.repeat(atScale(200_000, 8_000_000)));
      const before = await es.cpu();
      const { status, json } = await send(es.base, '/segments', { headers: HEADERS, body });
      expect(status).to.equal(400);
      expect(json.detail).to.match(/^the body must be NDJSON: up to line 1021, 1000 lines more/);
      show(`${what}: ${body.length} bytes, ${((await es.cpu()) - before).toFixed(3)} s of CPU`);
    });
  }
});

describe('Lines of NDJSON that are wasted', () => {
  it('are charged, though the body ends at them', async () => {
    const es = await startAttackedEs({
      ES_HTTP_RATE_LIMIT: '1',
      ES_HTTP_RATE_LIMIT_BURST: '2000',
    });
    const body = 'x\n'.repeat(1_500);
    const headers = { 'content-type': 'application/x-ndjson' };
    const statuses: number[] = [];
    for (let time = 0; time < 4; time += 1) {
      statuses.push((await send(es.base, '/segments', { headers, body })).status);
    }
    expect(statuses).to.deep.equal([400, 429, 429, 429]);
    await es.close();
  });
});
