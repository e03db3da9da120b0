import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { type EsSystem, startEsWithRedis, storeUsers } from '../support/es.js';
import {
  expectAccessible,
  expectNoOverflow,
  focused,
  shownNames,
  startVisitor,
  tabTo,
  type Visitor,
} from '../support/page.js';

const LONG = 'a name as long as names may be '.repeat(8);

/** Each view, and what is there once it is loaded. */
const VIEWS = [
  ['segments', '', 'table.segments[aria-busy=false]'],
  ['nothing found', '#/?search=nowhere', '.notice'],
  ['a segment', '#/segment/sport?days=7', '.uplot canvas'],
  ['a segment with a long name', `#/segment/${encodeURIComponent(LONG)}`, '.uplot canvas'],
  ['no overlap yet', '#/overlap', '.notice'],
  ['an overlap', '#/overlap?segment=sport&segment=news&segment=<b>&days=7', '.euler svg'],
  ['an overlap of nobody', '#/overlap?segment=no&segment=none', '.overlap'],
  ['nothing', '#/elsewhere', '.notice'],
] as const;

describe('The page, for everybody', () => {
  let es: EsSystem;
  let visitor: Visitor;
  let page: Page;
  before(async () => {
    es = await startEsWithRedis();
    const [base] = es.urls;
    for (const daysAgo of [0, 1, 5, 9]) {
      await storeUsers(base, 'sport', [daysAgo * 100, 900], daysAgo);
      await storeUsers(base, 'news', [0, 300], daysAgo);
    }
    await storeUsers(base, '<b>', [0, 40]);
    await storeUsers(base, LONG.trim(), [0, 1], 3);
    visitor = await startVisitor(base);
  });
  after(async () => {
    await visitor.close();
    await es.close();
  });
  afterEach(() => page.context().close());

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`breaks no rule of axe-core, ${colorScheme}`, async () => {
      page = await visitor.open('', { colorScheme });
      for (const [what, hash, loaded] of VIEWS) {
        await visit(page, hash, loaded);
        await expectAccessible(page, what);
      }
      await visit(page, '#/segment/sport', '.uplot canvas');
      await page.getByRole('button', { name: 'Delete' }).click();
      await expectAccessible(page, 'dialog');
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'Compare with others' }).click();
      await page.getByRole('combobox', { name: 'Segment B' }).fill('n');
      await page.locator('[role=option]').first().waitFor();
      await expectAccessible(page, 'suggestions');
    });
  }

  it('fits a phone', async () => {
    page = await visitor.open('', { viewport: { width: 360, height: 640 } });
    for (const [what, hash, loaded] of VIEWS) {
      await visit(page, hash, loaded);
      await expectNoOverflow(page, what);
      await expectAccessible(page, what);
    }
  });

  it('is used by the keyboard alone', async () => {
    page = await visitor.open('');
    await page.locator('table.segments').waitFor();
    const { keyboard } = page;
    await keyboard.press('Tab');
    expect(await focused(page)).to.equal('Skip to content');
    await keyboard.press('Enter');
    await keyboard.press('Tab');
    await keyboard.type('sp');
    await page.getByText('1 segment found').first().waitFor();
    await tabTo(page, 'Segment');
    await keyboard.press('Enter');
    await page.locator('[aria-sort=ascending]').waitFor();
    await tabTo(page, 'sport');
    await keyboard.press('Enter');
    await page.locator('.uplot canvas').waitFor();
    expect(await focused(page)).to.equal('sport');
    await tabTo(page, 'Delete');
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await focused(page)).to.equal('Cancel');
    await keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused(page)).to.equal('Delete');

    await page.goto(`${es.urls[0]}/#/overlap`);
    await page.getByRole('combobox', { name: 'Segment A' }).focus();
    for (const text of ['spo', 'new']) {
      await keyboard.type(text);
      await page.locator('[role=option]').first().waitFor();
      await keyboard.press('ArrowDown');
      await keyboard.press('Enter');
      await keyboard.press('Tab');
    }
    await page.locator('.euler svg').waitFor();
    expect(await page.locator('.overlap tbody a').allInnerTexts()).to.deep.equal(['sport', 'news']);
  });

  it('is light or dark as the system is, or as was chosen', async () => {
    page = await visitor.open('', { colorScheme: 'light' });
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await background();
    expect(dark).not.to.equal(light);
    await page.getByLabel('Theme').selectOption('light');
    expect(await background()).to.equal(light);
    await page.reload();
    await page.locator('table.segments').waitFor();
    expect(await background()).to.equal(light);
    await page.getByLabel('Theme').selectOption('system');
    expect(await background()).to.equal(dark);
  });

  it('tells names from markup', async () => {
    page = await visitor.open('#/?search=<b>');
    await page.locator('table.segments').waitFor();
    expect(await shownNames(page)).to.deep.equal(['<b>']);
  });

  it('complains of nothing, and asks nobody else', () => {
    expect(visitor.complaints).to.deep.equal([]);
  });
});

async function visit(page: Page, hash: string, loaded: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash || '#/')}`);
  await page.locator(loaded).first().waitFor();
}
