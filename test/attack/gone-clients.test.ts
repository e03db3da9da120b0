import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { openRaw, rawRequest } from '../support/raw.js';
import { until } from '../support/until.js';
import { untilIdle } from './idle.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const BYTES = atScale(16, 48) * 1024 * 1024;

/** Lines of a bulk body, and the metric that counts them as they are worked off. */
const KINDS = {
  'that are refused': ['{}\n', 'segmentation_memberships_rejected_total{reason="invalid"}'],
  'that are parsed in full': [
    '{"more":0}\n',
    'segmentation_memberships_rejected_total{reason="invalid"}',
  ],
} as const;

/** Ways to go: FIN, as after a half-close, and RST. */
const WAYS = { 'end their connection': false, 'reset their connection': true };

describe('Clients that are gone before their gzip is worked off', function () {
  this.timeout(900_000);
  let es: AttackedEs;
  let openBefore: number;
  beforeEach(async () => {
    es = await startAttackedEs();
    openBefore = await es.metric('process_open_fds');
  });
  afterEach(() => es.close());

  for (const [what, [line, metric]] of Object.entries(KINDS)) {
    for (const [way, isReset] of Object.entries(WAYS)) {
      it(`and ${way} have no more of their lines ${what}`, async () => {
        const lines = Math.round(BYTES / line.length);
        const body = gzipSync(line.repeat(lines));
        const headers = { 'Content-Type': 'application/x-ndjson', 'Content-Encoding': 'gzip' };
        const worked = async () => (await es.metric(metric)) || 0;
        const client = await openRaw(es.httpPort);
        client.send(rawRequest('POST /segments', headers, body));
        await until(async () => (await worked()) > 0);
        const before = await es.cpu();
        if (isReset) client.socket.resetAndDestroy();
        else client.close();
        await once(client.socket, 'close');
        await until(async () => (await es.metric('process_open_fds')) <= openBefore);
        // What is no longer heard of by its connection may well be worked on.
        await untilIdle(es);
        const done = await worked();
        show(
          `${body.length} bytes, ${done} of ${lines} lines, ${((await es.cpu()) - before).toFixed(1)} s of CPU after it had gone`,
        );
        expect(done).to.be.lessThan(lines / 2);
      });
    }
  }
});
