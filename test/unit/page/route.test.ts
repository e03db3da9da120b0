import { expect } from 'chai';
import fc from 'fast-check';
import { formatRoute, parseRoute, type Route } from '../../../src/page/routing/route.js';

const name = fc.string({ unit: 'grapheme', minLength: 1 });
const days = fc.option(fc.integer({ min: 1, max: 99 }), { nil: undefined });
const routes: fc.Arbitrary<Route> = fc.oneof(
  fc.record({
    view: fc.constant('segments' as const),
    search: fc.string({ unit: 'grapheme' }),
    sort: fc.constantFrom('name' as const, 'count' as const, 'last_active' as const),
    order: fc.constantFrom('asc' as const, 'desc' as const),
    cursor: fc.base64String(),
  }),
  fc.record({ view: fc.constant('segment' as const), segment: name, days }),
  fc.record({
    view: fc.constant('overlap' as const),
    segments: fc.uniqueArray(name, { maxLength: 3 }),
    days,
  }),
);

describe('Links of the page', () => {
  it('lead to the view they were made of', () => {
    fc.assert(
      fc.property(routes, (route) => {
        expect(parseRoute(formatRoute(route))).to.deep.equal(route);
      }),
    );
  });

  it('leave out what is usual', () => {
    for (const link of ['', '#', '#/', '#/?sort=count&order=desc']) {
      expect(formatRoute(parseRoute(link))).to.equal('#/');
    }
    expect(formatRoute(parseRoute('#/?sort=name&order=asc'))).to.equal('#/?sort=name');
  });

  for (const link of ['#/segment/', '#/segment/%', '#/segment/a/b', '#/elsewhere']) {
    it(`lead nowhere as ${link}`, () => {
      expect(parseRoute(link)).to.deep.equal({ view: 'nothing' });
    });
  }

  for (const text of ['0', '-1', '1.5', 'x', '1000']) {
    it(`count all days for ${text} of them`, () => {
      expect(parseRoute(`#/segment/a?days=${text}`)).to.include({ days: undefined });
    });
  }
});
