import { expect } from 'chai';
import fc from 'fast-check';
import { createHotRoutes } from '../../src/http/connection/hot-routes.js';
import type { Route } from '../../src/http/route.js';
import { createRouter } from '../../src/http/router.js';

const route = (method: Route['method'], path: string): Route => ({
  method,
  path,
  needs: 'segments:read',
  handle: () => ({ status: 200, headers: [], body: '' }),
  operation: 'undocumented',
});

const router = createRouter([
  route('POST', '/segment'),
  route('POST', '/segments'),
  route('GET', '/segments'),
  route('POST', '/counts'),
  route('GET', '/segment/:segment'),
  route('DELETE', '/segment/:segment'),
  route('GET', '/segment/:segment/estimate'),
  route('DELETE', '/segment/:segment/history'),
]);
const find = createHotRoutes(router);

/** Paths below a segment that no GET route has. */
const BELOW = [
  '/segment/s/',
  '/segment/s/history',
  '/segment/s/estimate/',
  '/segment//estimate',
  '/segment/s/x/estimate',
  '/segment/s/Estimate',
];

describe('The hot routes', () => {
  it('are found with any segment in the path, percent-encoded or not', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (segment) => {
        const url = `/segment/${encodeURIComponent(segment)}`;
        for (const query of ['', '?', '?days=7', '?a/b?c']) {
          expect(find('GET', url + query)?.params).to.deep.equal({ segment });
          const estimate = find('GET', `${url}/estimate${query}`);
          expect(estimate?.params).to.deep.equal({ segment });
          expect(estimate?.endpoint.path).to.equal('/segment/:segment/estimate');
        }
      }),
    );
  });

  it('are the endpoints that the router has', () => {
    for (const path of ['/segment', '/segments', '/counts']) {
      expect(find('POST', path)?.endpoint, path).to.equal(router.get(path)?.('POST'));
    }
    const count = router.get('/segment/:segment')?.('GET');
    expect(find('GET', '/segment/s')?.endpoint).to.equal(count);
  });

  for (const missing of [
    'POST /segment',
    'POST /segments',
    'POST /counts',
    'GET /segment/:segment',
  ]) {
    it(`are refused where ${missing} is missing, though its path has another route`, () => {
      const routes = [
        route('POST', '/segment'),
        route('GET', '/segment'),
        route('POST', '/segments'),
        route('GET', '/segments'),
        route('POST', '/counts'),
        route('GET', '/counts'),
        route('GET', '/segment/:segment'),
        route('DELETE', '/segment/:segment'),
      ];
      const others = routes.filter(({ method, path }) => `${method} ${path}` !== missing);
      expect(() => createHotRoutes(createRouter(others))).to.throw(missing);
    });
  }

  it('are neither other methods nor other paths', () => {
    for (const method of ['HEAD', 'DELETE', 'OPTIONS', 'PUT', 'get', '']) {
      expect(find(method, '/segment/s'), method).to.equal(undefined);
      expect(find(method, '/segment'), method).to.equal(undefined);
    }
    for (const url of [
      '/segment/s',
      '/segment?',
      '/segment/',
      '/segments?a',
      '/counts/',
      '/',
      '',
    ]) {
      expect(find('POST', url), url).to.equal(undefined);
    }
    for (const url of [
      '/segment',
      '/segments',
      '/counts',
      '/segments/s',
      '/segment//',
      '/segment/a/b',
      '/segment/?a',
      ...BELOW,
    ]) {
      expect(find('GET', url), url).to.equal(undefined);
    }
  });

  it('leave it to others to refuse what is malformed', () => {
    for (const path of ['%zz', '%', '%ff', '%ff/estimate', 'a#b', 'a?b#c', 'a/estimate#b']) {
      expect(find('GET', `/segment/${path}`), path).to.equal(undefined);
    }
  });
});
