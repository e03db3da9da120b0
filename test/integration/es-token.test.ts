import { expect } from 'chai';
import { type Es, startEs } from '../../src/es/service.js';
import { startUss, type Uss } from '../../src/uss/service.js';
import { makeApiKey } from '../support/api-key.js';
import { send } from '../support/http.js';
import { esConfig, startRedis, type TestRedis, ussConfig } from '../support/system.js';
import { until } from '../support/until.js';

const client = makeApiKey('client', 'segments:write', 'segments:read');
const forEs = makeApiKey('uss', 'segments:write', 'segments:read');

describe('The credential that USS shows ES', () => {
  let redis: TestRedis;
  let es: Es;
  let uss: Uss | undefined;
  before(async () => {
    redis = await startRedis();
    const writer = makeApiKey('writer', 'segments:write').entry;
    const auth = { mode: 'api-key', apiKeys: [forEs.entry, writer] };
    es = await startEs(esConfig(redis.url, { auth }));
    await es.ready;
  });
  afterEach(async () => {
    await uss?.close();
    uss = undefined;
  });
  after(async () => {
    await es.close();
    await redis.close();
  });

  /** Starts a USS that knows another key than ES does, and resolves to its URL. */
  async function start(token: string): Promise<string> {
    const address = `dns:///127.0.0.1:${es.grpcPort}`;
    const auth = { mode: 'api-key', apiKeys: [client.entry] };
    uss = await startUss(
      ussConfig(es.grpcPort, { auth, es: { address, token, timeoutMs: 1_000 } }),
    );
    return `http://127.0.0.1:${uss.httpPort}`;
  }

  const headers = { authorization: `Bearer ${client.key}` };
  const body = { segment: 'token', user_id: 'u1' };

  it('is its own, whatever its client shows USS', async () => {
    const base = await start(forEs.key);
    await uss?.ready;
    expect((await send(base, '/segment', { headers, body })).status).to.equal(202);
    const count = await send(base, '/segment/token', { headers });
    expect(count.json).to.deep.equal({ segment: 'token', user_count: 1 });
    const direct = await send(`http://127.0.0.1:${es.httpPort}`, '/segment/token', { headers });
    expect(direct.status).to.equal(401);
  });

  for (const [what, token] of [
    ['missing', ''],
    ['the one of a client of USS', client.key],
    ['unknown', makeApiKey('nobody').key],
  ] as const) {
    it(`makes USS not ready when it is ${what}`, async () => {
      const base = await start(token);
      await until(async () => {
        const { status, json } = await send(base, '/readyz');
        expect(status).to.equal(503);
        return json.checks.es === 'not-ready';
      });
      const stored = await send(base, '/segment', { headers, body });
      expect(stored.status).to.equal(503);
      expect(stored.json.detail).not.to.match(/credential|token|scope/);
      expect((await send(base, '/segment/token', { headers })).status).to.equal(503);
      expect((await send(base, '/readyz')).status).to.equal(503);
    });
  }

  it('may be exchanged without a pause, while ES knows both', async () => {
    const next = makeApiKey('next', 'segments:write', 'segments:read');
    const auth = { mode: 'api-key', apiKeys: [forEs.entry, next.entry] };
    await es.close();
    es = await startEs(esConfig(redis.url, { auth }));
    await es.ready;
    for (const { key } of [forEs, next]) {
      const base = await start(key);
      await until(async () => (await send(base, '/readyz')).status === 200);
      expect((await send(base, '/segment', { headers, body })).status).to.equal(202);
      await uss?.close();
    }
  });
});
