import { once } from 'node:events';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { makeApiKey } from '../support/api-key.js';
import { type Received, send } from '../support/http.js';
import { createRpcClient, type RpcClient } from '../support/rpc.js';
import { AUDIENCE, claims, ISSUER, signWithText } from '../support/tokens.js';
import { atScale, show } from './scale.js';
import { type AttackedEs, startAttackedEs } from './service.js';

const SECRET = 'a secret of thirty-two bytes, or more';
const BURST = 100;
const RESOURCE_EXHAUSTED = 8;
const ALL = ['segments:write', 'segments:read'] as const;

/** A second each, so that what comes back meanwhile is little, and a client that is told 1 a second may have. */
const PER_SECOND = 1;

describe('Clients that ask for more than they may', () => {
  const names = ['bulk', 'lines', 'wires', 'batches', 'counts', 'late', 'twin'] as const;
  const keys = new Map<string, ReturnType<typeof makeApiKey>>(
    names.map((name) => [name, makeApiKey(name, ...ALL)]),
  );
  let es: AttackedEs;
  let redis: Redis;
  const rpcs: RpcClient[] = [];
  before(async () => {
    es = await startAttackedEs({
      ES_AUTH_MODE: 'both',
      ES_AUTH_API_KEYS: JSON.stringify(Array.from(keys.values(), ({ entry }) => entry)),
      ES_JWT_ISSUER: ISSUER,
      ES_JWT_AUDIENCE: AUDIENCE,
      ES_JWT_SECRET: SECRET,
      ES_HTTP_RATE_LIMIT: String(PER_SECOND),
      ES_HTTP_RATE_LIMIT_BURST: String(BURST),
      ES_HTTP_TRUSTED_PROXIES: '127.0.0.1',
    });
    redis = new Redis(es.redis.port);
  });
  after(async () => {
    for (const rpc of rpcs) rpc.close();
    redis.disconnect();
    await es.close();
  });

  const keyOf = (name: (typeof names)[number]) => keys.get(name)?.key as string;
  const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });
  const rpcOf = (name: (typeof names)[number]) => {
    const rpc = createRpcClient(`127.0.0.1:${es.grpcPort}`, keyOf(name));
    rpcs.push(rpc);
    return rpc;
  };
  const sendLines = (name: (typeof names)[number], line: (index: number) => string) => {
    const lines = Array.from({ length: atScale(30_000, 300_000) }, (_, index) => line(index));
    const headers = { ...bearer(keyOf(name)), 'content-type': 'application/x-ndjson' };
    return send(es.base, '/segments', { body: lines.join('\n'), headers });
  };
  const stored = (name: string) =>
    redis.pfcount(`es:{${name}}:${new Date().toISOString().slice(0, 10)}`);
  const memberships = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ segment: 's', user_id: `u${index}` }));
  const refusalOf = (call: Promise<unknown>): Promise<number> =>
    call.then(
      () => 0,
      ({ code }) => code,
    );

  it('get no more stored by one body, which says how much it was', async () => {
    const answer = await sendLines('bulk', (index) => `{"segment":"bulk","user_id":"u${index}"}`);
    show(`${answer.json.accepted} memberships stored of one body of 300,000`);
    expect([answer.status, answer.json.accepted]).to.deep.equal([429, BURST]);
    expect(answer.json.detail).to.contain(`${BURST} memberships were stored before that`);
    expect(Number(answer.headers['retry-after'])).to.be.within(1, BURST / PER_SECOND);
    expect(answer.headers.ratelimit).to.match(/^"default";r=\d+;t=\d+$/);
    expect(await stored('bulk')).to.be.within(BURST - 3, BURST + 3);
  });

  it('have no more lines refused by one body', async () => {
    const { status, headers } = await sendLines('lines', () => '{"segment":7}');
    expect([status, headers['retry-after']]).to.deep.equal([429, '1']);
  });

  it('get no more by both wires than by one', async () => {
    const start = performance.now();
    const headers = bearer(keyOf('wires'));
    const body = { segment: 's', user_id: 'u' };
    const rpc = rpcOf('wires');
    const first = await Promise.all(
      Array.from({ length: 60 }, () => send(es.base, '/segment', { body, headers })),
    );
    const second = await Promise.all(
      Array.from({ length: atScale(100, 300) }, () => refusalOf(rpc.call('store', body))),
    );
    const taken =
      first.filter(({ status }) => status === 202).length +
      second.filter((code) => code === 0).length;
    show(`${taken} of ${first.length + second.length} stores taken over both wires`);
    expect(new Set(second)).to.deep.equal(new Set([0, RESOURCE_EXHAUSTED]));
    const seconds = (performance.now() - start) / 1_000;
    expect(taken).to.be.within(BURST, BURST + PER_SECOND * seconds);
  });

  it('are charged for each membership of a batch, on a stream too', async () => {
    const rpc = rpcOf('batches');
    expect(
      await refusalOf(rpc.call('storeBatch', { memberships: memberships(BURST + 1) })),
    ).to.equal(RESOURCE_EXHAUSTED);
    const stream = rpc.stream('storeStream');
    const codes: unknown[] = [];
    for (let sequence = 1; sequence <= 4; sequence += 1) {
      stream.write({ sequence, batch: { memberships: memberships(30) } });
      const [{ stored: done, refused }] = await once(stream, 'data');
      codes.push(done === null || done === undefined ? refused.code : 0);
    }
    stream.cancel();
    stream.on('error', () => {});
    expect(codes).to.deep.equal([0, 0, 0, RESOURCE_EXHAUSTED]);
  });

  it('are charged for each segment counted', async () => {
    const headers = bearer(keyOf('counts'));
    const ask = (count: number) => {
      const segments = Array.from({ length: count }, (_, index) => `s${index}`);
      return send(es.base, '/counts', { body: { segments }, headers });
    };
    const statuses: number[] = [];
    for (const count of [60, BURST + 1, 30, 60]) statuses.push((await ask(count)).status);
    expect(statuses).to.deep.equal([200, 429, 200, 429]);
    expect((await ask(60)).headers['retry-after']).not.to.equal(undefined);
  });

  it('who guess are told so, and keep nobody out who comes from where they do', async () => {
    const from = { 'x-forwarded-for': '203.0.113.7' };
    const guess = (index: number) => {
      const guesses = [`seg_${index}`, `a.b.${index}`, ''];
      return send(es.base, '/segment/s', {
        headers: { ...from, ...bearer(guesses[index % guesses.length] as string) },
      });
    };
    const guesses: Received[] = [];
    for (let index = 0; index < 300; index += 1) guesses.push(await guess(index));
    const count = (wanted: number) => guesses.filter(({ status }) => status === wanted).length;
    show(`300 guesses: ${count(401)} × 401, ${count(429)} × 429`);
    expect(count(401) + count(429)).to.equal(300);
    expect(count(429)).to.be.above(100);
    const token = await signWithText(SECRET, claims({ sub: 'late' }));
    for (const credential of [keyOf('late'), token]) {
      const headers = { ...from, ...bearer(credential) };
      expect((await send(es.base, '/segment/s', { headers })).status).to.equal(200);
    }
  });

  it('have nothing of others, whatever they are called', async () => {
    const token = await signWithText(SECRET, claims({ sub: 'twin' }));
    const statuses = new Set<number>();
    for (let times = 0; times < BURST + 20; times += 1) {
      statuses.add((await send(es.base, '/segment/s', { headers: bearer(token) })).status);
    }
    expect(statuses).to.include(429);
    const own = await send(es.base, '/segment/s', { headers: bearer(keyOf('twin')) });
    expect([own.status, own.headers.ratelimit]).to.deep.equal([200, '"default";r=99;t=1']);
  });

  it('are one, whatever ports a proxy tells', async () => {
    const statuses: number[] = [];
    for (let port = 1; port <= 150; port += 1) {
      const headers = { 'x-forwarded-for': `203.0.113.9:${port}` };
      statuses.push((await send(es.base, '/segment/s', { headers })).status);
    }
    expect(new Set(statuses)).to.deep.equal(new Set([401, 429]));
  });
});
