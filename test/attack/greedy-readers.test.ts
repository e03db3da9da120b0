import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { makeApiKey } from '../support/api-key.js';
import { send } from '../support/http.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const SEGMENTS = [...'abcdef'];

describe('One reader that asks for all there is', () => {
  const greedy = makeApiKey('greedy', 'segments:read', 'segments:write');
  const modest = makeApiKey('modest', 'segments:read');
  let es: AttackedEs;
  let redis: Redis;
  const asked = new Set<ClientRequest>();
  before(async () => {
    const apiKeys = JSON.stringify([greedy.entry, modest.entry]);
    es = await startAttackedEs({
      ES_AUTH_MODE: 'api-key',
      ES_AUTH_API_KEYS: apiKeys,
      ES_AUTH_METRICS: 'open',
    });
    redis = new Redis(es.redis.port);
    // More than samples count exactly, so that overlaps are work.
    const users = Array.from({ length: 3_000 }, (_, index) => index);
    const lines = SEGMENTS.flatMap((segment) =>
      users.map((user) =>
        JSON.stringify({ segment, user_id: `${user % 2 ? segment : ''}${user}` }),
      ),
    );
    const headers = { ...bearer(greedy.key), 'content-type': 'application/x-ndjson' };
    await send(es.base, '/segments', { body: lines.join('\n'), headers });
  });
  after(async () => {
    redis.disconnect();
    await es.close();
  });
  afterEach(() => {
    for (const one of asked) one.destroy();
    asked.clear();
  });

  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  /** Asks for overlaps, and waits for no answer; resolves once ES works on them. */
  const askForOverlaps = async (count: number) => {
    for (let sent = 0; sent < count; sent += 1) {
      const headers = { ...bearer(greedy.key), 'content-type': 'application/json' };
      const one = request(`${es.base}/overlap`, { method: 'POST', headers, agent: false });
      one.on('error', () => {});
      one.end(JSON.stringify({ segments: SEGMENTS }));
      asked.add(one);
    }
    // What is beyond its share is refused, as others would be without it.
    await Promise.race([...asked].map((one) => once(one, 'response')));
  };
  const sketchesRead = async () =>
    Number(/cmdstat_get:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);

  it('keeps nobody else from any kind of question', async () => {
    await askForOverlaps(60);
    const headers = bearer(modest.key);
    const body = { all: ['a', 'b'], none: ['c'] };
    const statuses: number[] = [];
    for (let times = 0; times < atScale(3, 25); times += 1) {
      for (const path of ['/segment/a/estimate', '/segment/a/history', '/segments', '/segment/a']) {
        statuses.push((await send(es.base, path, { headers })).status);
      }
      statuses.push((await send(es.base, '/estimate', { headers, body })).status);
    }
    const refused = statuses.filter((status) => status !== 200).length;
    show(`${refused} of ${statuses.length} questions of another client refused beside 60 overlaps`);
    expect(refused).to.equal(0);
  });

  it('has nothing done for it once it is gone', async () => {
    const before = await sketchesRead();
    await askForOverlaps(60);
    for (const one of asked) one.destroy();
    const headers = bearer(modest.key);
    // Comes after all that was begun.
    const own = await send(es.base, '/overlap', { headers, body: { segments: ['a', 'b'] } });
    expect(own.status).to.equal(200);
    const read = (await sketchesRead()) - before;
    show(`${read} sketches read, of 360 asked for`);
    expect(read).to.be.below(60);
  });
});
