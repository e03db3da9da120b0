import { createGzip } from 'node:zlib';
import { expect } from 'chai';
import { utcDay } from '../../src/domain/utc-day.js';
import { createKeys } from '../../src/es/redis/keys.js';
import { send } from '../support/http.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const HEADERS = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' };

/** The longest part of a name compresses to nothing. */
const LONG = 'an audience segment of a campaign with quite a long name, number ';

/** A gzip body of memberships, each of another segment. */
async function bodyOf(segments: number, prefix = LONG): Promise<Buffer> {
  const gzip = createGzip({ level: 9 });
  const parts: Buffer[] = [];
  gzip.on('data', (part) => parts.push(part));
  const done = new Promise((resolve) => gzip.once('end', resolve));
  for (let index = 0; index < segments; index += 1) {
    gzip.write(`{"segment":"${prefix}${index.toString(36)}","user_id":"u"}\n`);
    // Let what was written be compressed.
    if (index % 10_000 === 0) await new Promise(setImmediate);
  }
  gzip.end();
  await done;
  return Buffer.concat(parts);
}

const storeAll = (es: AttackedEs, body: Buffer) =>
  send(es.base, '/segments', { body, headers: HEADERS });

/** Makes segments known that nobody has stored, which takes less than to store them. */
async function register({ redis }: AttackedEs, segments: number): Promise<void> {
  const keys = createKeys(14, false);
  const today = utcDay(Date.now());
  for (let from = 0; from < segments; from += 10_000) {
    const size = Math.min(10_000, segments - from);
    const entries = Array.from({ length: size }, (_, index) => [
      today,
      keys.entry(LONG + (from + index).toString(36)),
    ]);
    await redis.client.zadd('es:segments', ...entries.flat());
  }
}

async function memoryOf({ redis }: AttackedEs): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1]);
}

describe('Segments without end', function () {
  this.timeout(600_000);
  let es: AttackedEs;
  afterEach(() => es.close());

  it('take no more of Redis than ES_MAX_SEGMENTS allows, however few bytes name them', async () => {
    const limit = atScale(5_000, 1_000_000);
    es = await startAttackedEs({ ES_MAX_SEGMENTS: String(limit) });
    const before = await memoryOf(es);
    const body = await bodyOf(atScale(30_000, 2_000_000));
    const { json } = await storeAll(es, body);
    expect([json.accepted, json.accepted + json.rejected]).to.deep.equal([
      limit,
      atScale(30_000, 2_000_000),
    ]);
    const full = await memoryOf(es);
    show(`${body.length / 1e6} MB of gzip took ${(full - before) / 1e6} MB of Redis`);
    expect(full - before).to.be.below(limit * 1_000);

    const again = await storeAll(es, await bodyOf(atScale(30_000, 2_000_000), 'others '));
    expect(again.json.accepted).to.equal(0);
    expect(await es.redis.client.zcard('es:segments')).to.equal(limit);
    // Of each segment a bucket and its sample; beside them the registry, and two things that ES announces to others.
    expect(await es.redis.client.dbsize()).to.equal(2 * limit + 3);
    // Buffers of connections and of the append-only file come and go.
    expect((await memoryOf(es)) - full).to.be.below(8e6);
  });

  it('kill no list, with a small heap, in any order', async () => {
    const segments = atScale(300_000, 1_140_000);
    const heap = atScale(64, 256);
    es = await startAttackedEs({
      ES_MAX_SEGMENTS: '0',
      NODE_OPTIONS: `--max-old-space-size=${heap}`,
    });
    await register(es, segments);
    let most = 0;
    for (const sort of ['count', 'name', 'last_active']) {
      for (const query of ['order=asc', 'order=desc', 'search=Z9', `prefix=${LONG[0]}`]) {
        const { status, json } = await send(es.base, `/segments?sort=${sort}&${query}`);
        expect(status, `${sort} ${query}`).to.equal(200);
        if (!query.startsWith('search')) expect(json.total).to.equal(segments);
        most = Math.max(most, await es.metric('nodejs_eventloop_lag_max_seconds'));
      }
    }
    show(`${segments} segments: RSS ${(await es.resident()) / 1e6} MB, longest stall ${most} s`);
    expect(await es.resident()).to.be.below(heap * 1e6 + segments * 250 + 200e6);
  });

  it('are refused by lists in a line, and by nothing else, where they do not fit', async () => {
    es = await startAttackedEs({ ES_MAX_SEGMENTS: '0', ES_LIST_MAX_BYTES: '1048576' });
    await storeAll(es, await bodyOf(atScale(20_000, 200_000)));
    for (let list = 0; list < 10; list += 1) {
      const { status, json } = await send(es.base, '/segments');
      expect([status, json.detail]).to.deep.equal([
        503,
        'there are more segments than lists may take memory for: 1048576 bytes (ES_LIST_MAX_BYTES)',
      ]);
    }
    const { redis } = es;
    const scans = /cmdstat_zscan:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1];
    // It was tried once, not for every list.
    expect(Number(scans)).to.be.below(20);
    expect((await send(es.base, '/readyz')).status).to.equal(200);
    const one = { segment: 'one more', user_id: 'u' };
    expect((await send(es.base, '/segment', { body: one })).status).to.equal(202);
  });
});
