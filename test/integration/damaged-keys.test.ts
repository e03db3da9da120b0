import { expect } from 'chai';
import { formatUtcDay, utcDay } from '../../src/domain/utc-day.js';
import { countOf, send } from '../support/http.js';
import { createRpcClient, type RpcClient } from '../support/rpc.js';
import { type System, startSystem } from '../support/system.js';
import { until } from '../support/until.js';

const OTHERS = ['a', 'b', 'c'];
const NDJSON = { 'content-type': 'application/x-ndjson' };

describe('A key that is not what ES has put there', () => {
  let system: System;
  let rpc: RpcClient;
  const bucket = `es:{bad}:${formatUtcDay(utcDay(Date.now()))}`;
  const window = `es:{bad}:window-14:${formatUtcDay(utcDay(Date.now()))}`;
  before(async () => {
    system = await startSystem();
    rpc = createRpcClient(system.grpc);
  });
  after(async () => {
    rpc.close();
    await system.close();
  });
  beforeEach(async () => {
    await system.redis.flushall();
    for (const segment of ['bad', ...OTHERS]) {
      expect((await post(system.urls.es, segment, 'first')).status).to.equal(202);
      expect(await countOf(system.urls.es, segment)).to.equal(1);
    }
  });

  const post = (base: string, segment: string, user_id: string) =>
    send(base, '/segment', { body: { segment, user_id } });
  const services = () => Object.entries(system.urls);

  it('fails for its segment alone, at both services', async () => {
    await system.redis.set(bucket, 'text', 'KEEPTTL');
    await system.redis.unlink(window);
    for (const [name, base] of services()) {
      const posts = ['bad', ...OTHERS, 'bad', ...OTHERS].map((segment, index) =>
        post(base, segment, `${name}${index}`),
      );
      const statuses = (await Promise.all(posts)).map(({ status }) => status);
      expect(statuses, name).to.deep.equal([500, 202, 202, 202, 500, 202, 202, 202]);
      const lines = ['a', 'bad', 'b'].map((segment) =>
        JSON.stringify({ segment, user_id: `bulk ${name}` }),
      );
      const bulk = await send(base, '/segments', { body: lines.join('\n'), headers: NDJSON });
      expect([bulk.status, bulk.json.accepted, bulk.json.rejected]).to.deep.equal([202, 2, 1]);
      expect(bulk.json.errors[0].line).to.equal(2);
      const counts = ['bad', ...OTHERS].map((segment) => send(base, `/segment/${segment}`));
      const counted = (await Promise.all(counts)).map(({ status }) => status);
      expect(counted, name).to.deep.equal([500, 200, 200, 200]);
      const { status, json } = await send(base, '/counts', { body: { segments: ['bad', 'c'] } });
      expect(status).to.equal(200);
      expect(json.counts[0]).to.deep.equal({ segment: 'bad', user_count: null });
      expect(json.counts[1].user_count).to.be.greaterThan(2);
    }
  });

  it('leaves lists as they are, but for what it counts', async () => {
    const listed = async (query: string) =>
      (await send(system.urls.es, `/segments?${query}`)).json?.segments;
    await system.redis.set(bucket, 'text', 'KEEPTTL');
    await system.redis.unlink(window);
    for (const query of ['sort=count', 'sort=name&details=true', 'sort=last_active']) {
      await until(async () => (await listed(query))?.length === 4);
      const segments = (await listed(query)) as { segment: string; user_count: number | null }[];
      for (const { segment, user_count } of segments) {
        expect(user_count, segment).to.equal(segment === 'bad' ? null : 1);
      }
    }
    const { segments } = await rpc.call('ListSegments', { sort: 'SEGMENT_SORT_NAME' });
    expect(segments.map(({ segment }: { segment: string }) => segment)).to.have.length(4);
  });

  it('is no matter where it is a window: that is merged anew', async () => {
    for (const [name, base] of services()) {
      await system.redis.set(window, 'text', 'KEEPTTL');
      expect((await post(base, 'bad', name)).status).to.equal(202);
      await system.redis.set(window, 'text', 'KEEPTTL');
      expect((await send(base, '/counts', { body: { segments: ['bad', 'a'] } })).status).to.equal(
        200,
      );
      expect((await send(base, '/segment/bad/estimate')).status).to.be.oneOf([200, 404]);
    }
    expect(await countOf(system.urls.es, 'bad')).to.equal(3);
  });

  it('fails whole calls over gRPC of who does not look for it', async () => {
    await system.redis.set(bucket, 'text', 'KEEPTTL');
    await system.redis.unlink(window);
    const memberships = ['bad', 'a', 'bad'].map((segment) => ({ segment, user_id: 'grpc' }));
    const codeOf = (method: string, request: object) =>
      rpc.call(method, request).then(
        () => 0,
        ({ code }) => code,
      );
    for (const takes of [{}, { takes_refusals: true }]) {
      expect(await codeOf('StoreBatch', { memberships, ...takes })).to.equal(13);
    }
    expect(await codeOf('CountBatch', { segments: ['bad', 'a'] })).to.equal(13);
    const stored = await rpc.call('StoreBatch', { memberships, takes_failures: true });
    expect(stored.failures).to.have.length(1);
    expect(stored.failures[0].memberships).to.deep.equal([0, 2]);
    expect(stored.failures[0].status.code).to.equal(13);
    const { counts } = await rpc.call('CountBatch', {
      segments: ['bad', 'a'],
      takes_failures: true,
    });
    expect(counts[0].failure.code).to.equal(13);
    expect(Number(counts[1].user_count)).to.equal(2);
  });

  it('that is of a user without rights answers 503, as Redis that is away', async () => {
    const admin = system.redis;
    await admin.acl('SETUSER', 'admin', 'on', '>admin', '~*', '+@all');
    await admin.auth('admin', 'admin');
    for (const rules of [['-@hyperloglog'], ['-evalsha', '-eval'], ['resetkeys']]) {
      await admin.acl('SETUSER', 'default', ...rules);
      for (const [, base] of services()) expect((await post(base, 'a', 'x')).status).to.equal(503);
      await admin.acl('SETUSER', 'default', '+@all', 'allkeys');
    }
    for (const [, base] of services()) expect((await post(base, 'a', 'x')).status).to.equal(202);
  });
});
