import { expect } from 'chai';
import { describeBoth } from '../support/both-services.js';
import { send } from '../support/http.js';

/** Paths and the methods they answer. */
const ALLOWED: [path: string, allow: string][] = [
  ['/segment', 'POST, OPTIONS'],
  ['/counts', 'POST, OPTIONS'],
  ['/metrics', 'GET, HEAD, OPTIONS'],
  ['/healthz', 'GET, HEAD, OPTIONS'],
  ['/readyz', 'GET, HEAD, OPTIONS'],
  ['/openapi.json', 'GET, HEAD, OPTIONS'],
  ['/swagger/index.html', 'GET, HEAD, OPTIONS'],
];

/** Paths that answer other methods, or nothing, at one of the two. */
const OWN_ALLOWED: Record<'uss' | 'es', typeof ALLOWED> = {
  uss: [
    ['/segments', 'POST, OPTIONS'],
    ['/segment/s', 'GET, HEAD, OPTIONS'],
  ],
  es: [
    ['/', 'GET, HEAD, OPTIONS'],
    ['/assets/page.js', 'GET, HEAD, OPTIONS'],
    ['/segments', 'GET, HEAD, POST, OPTIONS'],
    ['/segment/s', 'GET, HEAD, DELETE, OPTIONS'],
    ['/segment/s/estimate', 'GET, HEAD, OPTIONS'],
    ['/segment/s/history', 'GET, HEAD, OPTIONS'],
    ['/segment/s/similar', 'GET, HEAD, OPTIONS'],
    ['/overlap', 'POST, OPTIONS'],
    ['/estimate', 'POST, OPTIONS'],
  ],
};

describeBoth('Methods over REST', ({ name, base }) => {
  for (const [path, allow] of [...ALLOWED, ...OWN_ALLOWED[name]]) {
    it(`allows ${allow} at ${path}`, async () => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']) {
        const { status, headers, text } = await send(base(), path, { method });
        if (method === 'OPTIONS') {
          expect([status, headers.allow, text]).to.deep.equal([204, allow, '']);
        } else if (allow.includes(method)) expect(status, method).not.to.equal(405);
        else expect([status, headers.allow], method).to.deep.equal([405, allow]);
      }
    });
  }

  it('answers HEAD with the headers of GET alone', async () => {
    const get = await send(base(), '/segment/sport');
    const head = await send(base(), '/segment/sport', { method: 'HEAD' });
    expect([head.status, head.text]).to.deep.equal([200, '']);
    expect(head.headers['content-length']).to.equal(get.headers['content-length']);
  });
});
