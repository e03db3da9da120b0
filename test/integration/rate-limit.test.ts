import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { startUss } from '../../src/uss/service.js';
import { send } from '../support/http.js';
import { openRaw, rawRequest } from '../support/raw.js';
import { createRpcClient } from '../support/rpc.js';
import { esConfig, startRedis, type TestRedis, ussConfig } from '../support/system.js';

describe('limits of requests', () => {
  let redis: TestRedis;
  let now = 0;
  let es: Es | undefined;
  const opened: { close(): Promise<void> }[] = [];
  const grpcPort = () => es?.grpcPort ?? 0;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.close());
  beforeEach(() => {
    now = Date.now();
  });
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
    es = undefined;
  });

  async function start(http: object): Promise<string> {
    const rateLimit = { perSecond: 1, burst: 3 };
    es = await startEs(esConfig(redis.url, { http: { port: 0, rateLimit, ...http } }), () => now);
    opened.unshift(es);
    await es.ready;
    return `http://127.0.0.1:${es.httpPort}`;
  }
  const post = (base: string, forwarded?: string) =>
    send(base, '/segment', {
      body: { segment: 's', user_id: 'u' },
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    });

  it('let a burst pass, and then as many as the rate allows', async () => {
    const base = await start({});
    for (const left of [2, 1, 0]) {
      const { status, headers } = await post(base);
      expect(status).to.equal(202);
      expect(headers['ratelimit-policy']).to.equal('"default";q=3;w=3');
      expect(headers.ratelimit).to.equal(`"default";r=${left};t=${3 - left}`);
    }
    const refused = await post(base);
    expect(refused.status).to.equal(429);
    expect(refused.headers['content-type']).to.equal('application/problem+json');
    expect(refused.headers['retry-after']).to.equal('1');
    expect(refused.headers.ratelimit).to.equal('"default";r=0;t=3');
    expect(refused.json.detail).to.contain('at most 1 a second and 3 at once');
    now += 1_000;
    expect((await post(base)).status).to.equal(202);
    expect((await post(base)).status).to.equal(429);
  });

  it('are one for hot and cold routes, whatever reads a request', async () => {
    const base = await start({});
    const body = JSON.stringify({ segment: 's', user_id: 'u' });
    const raw = await openRaw(Number(new URL(base).port));
    raw.send(rawRequest('POST /segment', { 'Content-Type': 'application/json' }, body));
    expect(await raw.receive()).to.match(/^HTTP\/1\.1 202 .*ratelimit: "default";r=2/is);
    raw.close();
    expect((await send(base, '/segments', { body: [] })).headers.ratelimit).to.contain('r=1');
    expect((await send(base, '/segment/s?days=1')).headers.ratelimit).to.contain('r=0');
    for (const path of ['/segment/s', '/segment/s?days=1']) {
      expect((await send(base, path)).status, path).to.equal(429);
    }
    for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json']) {
      expect((await send(base, path)).status, path).to.equal(200);
    }
  });

  it('charge what is refused for what it asks, and nothing that asks for no such thing', async () => {
    const base = await start({ rateLimit: { perSecond: 1, burst: 80 } });
    const json = { 'content-type': 'application/json' };
    const requests: [
      what: string,
      status: number,
      charged: number,
      path: string,
      options: object,
    ][] = [
      ['no user', 400, 1, '/segment', { body: { segment: 's' } }],
      ['no JSON', 400, 1, '/segment', { body: '{', headers: json }],
      [
        'another type',
        415,
        1,
        '/segments',
        { body: 'x', headers: { 'content-type': 'text/plain' } },
      ],
      ['too long', 413, 1, '/segment', { body: ' '.repeat(20_000), headers: json }],
      ['a wrong method', 405, 1, '/segment/s', { method: 'PUT' }],
      ['nothing to overlap', 400, 1, '/overlap', { body: {} }],
      ['nothing to estimate', 400, 1, '/estimate', { body: {} }],
      ['nothing to count', 400, 1, '/counts', { body: { segments: [] } }],
      ['no lines', 202, 1, '/segments', { body: [] }],
      ['a list', 200, 1, '/segments?limit=40', {}],
      ['a list with details', 200, 7, '/segments?limit=7&details=true', {}],
      ['a list with details of too many', 400, 1, '/segments?limit=1001&details=true', {}],
      ['a list with details of no number', 400, 1, '/segments?limit=x&details=true', {}],
      ['a list with details of more than there may be', 429, 1, '/segments?details=true', {}],
      ['no such path', 404, 0, '/nothing', {}],
      ['a foreign host', 421, 0, '/segment/s', { headers: { host: 'evil.example' } }],
      ['a foreign origin', 403, 0, '/segment/s', { headers: { origin: 'https://evil.example' } }],
    ];
    let left = 80;
    for (const [what, status, charged, path, options] of requests) {
      expect((await send(base, path, options)).status, what).to.equal(status);
      left -= charged + 1;
      expect((await post(base)).headers.ratelimit, what).to.contain(`r=${left};`);
    }
  });

  it('charge every gRPC message, one that asks for nothing or for what may not be too', async () => {
    const burst = 100;
    const base = await start({ rateLimit: { perSecond: 1, burst } });
    const rpc = createRpcClient(`127.0.0.1:${grpcPort()}`);
    opened.push({ close: async () => rpc.close() });
    const nothing = { segment: '', user_id: '' };
    let stream: ReturnType<typeof rpc.stream> | undefined;
    const answered = async (batch: object | undefined) => {
      stream ??= rpc.stream('storeStream');
      stream.write({ sequence: 1, batch });
      await once(stream, 'data');
    };
    const messages: [what: string, charged: number, send: () => Promise<unknown>][] = [
      ['an empty StoreBatch', 1, () => rpc.call('StoreBatch', {})],
      ['a bad StoreBatch', 1, () => rpc.call('StoreBatch', { memberships: [nothing] })],
      ['an empty CountBatch', 1, () => rpc.call('CountBatch', {})],
      ['a bad CountBatch', 1, () => rpc.call('CountBatch', { segments: [''] })],
      ['an empty Store', 1, () => rpc.call('Store', {})],
      ['an empty Count', 1, () => rpc.call('Count', {})],
      ['a list', 1, () => rpc.call('ListSegments', { limit: 40 })],
      ['a list with details', 7, () => rpc.call('ListSegments', { limit: 7, details: true })],
      ['details of none', 1, () => rpc.call('ListSegments', { limit: 0, details: true })],
      ['an empty Overlap', 1, () => rpc.call('Overlap', {})],
      ['a stream and its empty message', 2, () => answered(undefined)],
      ['an empty batch', 1, () => answered({})],
      ['a bad batch', 1, () => answered({ memberships: [nothing, nothing] })],
      ['a batch of one', 1, () => answered({ memberships: [{ segment: 's', user_id: 'u' }] })],
    ];
    let left = burst;
    for (const [what, charged, send] of messages) {
      await send().catch(({ code }) => expect(code, what).to.equal(status.INVALID_ARGUMENT));
      left -= charged + 1;
      expect((await post(base)).headers.ratelimit, what).to.contain(`r=${left};`);
    }
    stream?.end();
  });

  it('do not make USS wait for what it could not know', async () => {
    const base = await start({});
    for (let times = 0; times < 3; times += 1) await post(base);
    expect((await post(base)).status).to.equal(429);
    const uss = await startUss(ussConfig(grpcPort()));
    opened.push(uss);
    await uss.ready;
  });

  it('believe a proxy that is trusted about where a client is', async () => {
    const base = await start({ trustedProxies: '127.0.0.0/8, 10.1.0.0/16' });
    for (let times = 0; times < 3; times += 1) await post(base, '203.0.113.7');
    expect((await post(base, '203.0.113.7')).status).to.equal(429);
    expect((await post(base, '198.51.100.1, 203.0.113.7, 10.1.2.3')).status).to.equal(429);
    expect((await post(base, '203.0.113.8')).status).to.equal(202);
    for (let times = 0; times < 3; times += 1) await post(base, `2001:db8:1:2::${times}`);
    expect((await post(base, '2001:db8:1:2::ffff')).status).to.equal(429);
    expect((await post(base, '2001:db8:1:3::1')).status).to.equal(202);
  });

  it('believe nobody else', async () => {
    const base = await start({});
    for (let times = 0; times < 3; times += 1) await post(base, `203.0.113.${times}`);
    expect((await post(base, '203.0.113.9')).status).to.equal(429);
  });
});
