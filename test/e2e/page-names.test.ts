import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { type EsSystem, startEsWithRedis, storeUsers } from '../support/es.js';
import { send } from '../support/http.js';
import { startVisitor, type Visitor } from '../support/page.js';

describe('Names on the page', () => {
  let es: EsSystem;
  let visitor: Visitor;
  let page: Page;
  before(async () => {
    es = await startEsWithRedis();
    await storeUsers(es.urls[0], 'sport', [0, 50], 3);
    visitor = await startVisitor(es.urls[0]);
  });
  after(async () => {
    await visitor.close();
    await es.close();
  });
  afterEach(() => page.context().close());

  /** What is marked in a heading. */
  const marksOf = (heading: string) =>
    page
      .locator(heading)
      .locator('.unseen')
      .evaluateAll((marks) => marks.map((mark) => mark.getAttribute('title')));

  for (const [name, marks] of [
    ['plain', []],
    ['two words', []],
    ['plain ', ['U+0020']],
    [' plain  ', ['U+0020', 'U+0020 U+0020']],
    ['two  words', ['U+0020 U+0020']],
    ['two\u00a0words', ['U+00A0']],
    ['pl\u200bain', ['U+200B']],
    ['\ufeffplain', ['U+FEFF']],
    ['\u202enialp\u202c', ['U+202E', 'U+202C']],
    ['👨‍👩‍👧 ☀️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿', []],
    ['می‌خواهم', []],
  ] as const) {
    it(`have marks where nothing is seen, as in ${JSON.stringify(name)}`, async () => {
      const path = `segment/${encodeURIComponent(name)}`;
      await storeUsers(es.urls[0], name, [0, 1]);
      page = await visitor.open(`#/${path}`);
      await page.locator('.figure-main dd').waitFor();
      expect(await page.locator('h1 bdi').textContent()).to.equal(name);
      expect(await marksOf('h1')).to.deep.equal(marks);
      // The mark of what has no width can be seen as well.
      for (const mark of await page.locator('h1 .unseen').all()) {
        expect((await mark.boundingBox())?.width).to.be.at.least(2);
      }
      await page.getByRole('button', { name: 'Delete' }).click();
      expect(await marksOf('dialog h2')).to.deep.equal(marks);
      await send(es.urls[0], `/${path}`, { method: 'DELETE' });
    });
  }

  for (const [hash, doubted] of [
    ['segment/sport', 0],
    ['segment/sport?days=1', 1],
    ['segment/Sport', 1],
    ['overlap?segment=sport&segment=sprot', 1],
    ['overlap?segment=a&segment=b&segment=sport', 2],
    ['overlap?segment=a&segment=sport&days=1', 2],
  ] as const) {
    it(`are doubted where they have no users, in ${hash}`, async () => {
      page = await visitor.open(`#/${hash}`);
      await page.locator('.figures, .overlap-tables').waitFor();
      expect(await page.getByText('Is the name right?').count()).to.equal(doubted);
    });
  }

  it('complain of nothing', async () => {
    page = await visitor.open('');
    expect(visitor.complaints).to.deep.equal([]);
  });
});
