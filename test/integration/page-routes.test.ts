import { expect } from 'chai';
import { type EsSystem, startEsWithRedis } from '../support/es.js';
import { send } from '../support/http.js';

const FILES = ['/', '/assets/page.js', '/assets/page.css', '/assets/icon.svg'];

describe('Files of the page', () => {
  let es: EsSystem;
  let base: string;
  before(async () => {
    es = await startEsWithRedis([{ window: { days: 9 } }]);
    [base] = es.urls;
  });
  after(() => es.close());

  for (const path of FILES) {
    it(`${path} is sent once, and again only when it is another`, async () => {
      const whole = await send(base, path);
      expect(whole.status).to.equal(200);
      expect(whole.headers['cache-control']).to.equal('no-cache');
      expect(Number(whole.headers['content-length'])).to.equal(Buffer.byteLength(whole.text));
      const etag = String(whole.headers.etag);
      for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const same = await send(base, path, { headers: { 'if-none-match': condition } });
        expect([same.status, same.text], condition).to.deep.equal([304, '']);
        expect(same.headers.etag).to.equal(etag);
      }
      const other = await send(base, path, { headers: { 'if-none-match': '"other"' } });
      expect(other.status).to.equal(200);
      const head = await send(base, path, { method: 'HEAD' });
      expect([head.status, head.headers.etag, head.text]).to.deep.equal([200, etag, '']);
    });

    it(`${path} allows nothing but files of its own`, async () => {
      const { headers } = await send(base, path);
      const policy = String(headers['content-security-policy']);
      expect(policy).to.match(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(policy).not.to.match(/unsafe|data:|https?:/);
      expect(headers['x-content-type-options']).to.equal('nosniff');
    });
  }

  it('say how many days are counted', async () => {
    expect((await send(base, '/')).text).to.contain('<meta name="window-days" content="9">');
  });
});
