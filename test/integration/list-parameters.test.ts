import { expect } from 'chai';
import { send } from '../support/http.js';
import { type System, startSystem } from '../support/system.js';

/** Values that say nothing, or something else than they seem to. */
const REFUSED: Record<string, [values: string[], rule: string]> = {
  limit: [
    ['', '0', '1001', '-1', '+5', '5.0', '1e2', '%205', '0x10', 'x', '99999999999'],
    'must be a whole number from 1 to 1000',
  ],
  sort: [['', 'Count', '-count', 'last-active', 'name,count'], 'must be count or name or'],
  order: [['', 'ASC', 'ascending', '-1'], 'must be desc or asc'],
  details: [['', '1', '0', 'yes', 'TRUE', 'on'], 'must be true or false'],
  cursor: [['x', 'null', 'undefined', '2', 'W10'], 'must be the next_cursor of a page'],
};

describe('Parameters of lists', () => {
  let system: System;
  let base: string;
  before(async () => {
    system = await startSystem();
    base = system.urls.es;
  });
  after(() => system.close());

  for (const [name, [values, rule]] of Object.entries(REFUSED)) {
    it(`are refused by name and rule: ${name}`, async () => {
      const written = [...values.map((value) => `${name}=${value}`), ...(values[0] ? [] : [name])];
      for (const query of written) {
        const { status, json } = await send(base, `/segments?${query}`);
        expect([status, json.field], query).to.deep.equal([400, name]);
        expect(json.detail).to.match(new RegExp(`^${name} ${rule}`));
      }
    });
  }

  it('are anything, and the first page, where they are empty', async () => {
    for (const query of ['prefix=', 'search=', 'cursor=', 'prefix=&search=&cursor=']) {
      expect((await send(base, `/segments?${query}`)).status, query).to.equal(200);
    }
  });
});
