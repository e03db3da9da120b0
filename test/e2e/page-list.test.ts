import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { type EsSystem, startEsWithRedis, storeUsers } from '../support/es.js';
import { importFile, VISITS } from '../support/import.js';
import { ask, rowsOf, shownNames, startVisitor, type Visitor } from '../support/page.js';

/** What a spreadsheet would run. */
const FORMULA = '=1+1, section-1';

describe('The list of the page', () => {
  let es: EsSystem;
  let base: string;
  let visitor: Visitor;
  let page: Page;
  before(async () => {
    es = await startEsWithRedis();
    [base] = es.urls;
    await importFile(base, VISITS);
    await storeUsers(base, FORMULA, [0, 2]);
    visitor = await startVisitor(base);
  });
  after(async () => {
    await visitor.close();
    await es.close();
  });
  afterEach(() => page.context().close());

  const listed = async (query: string): Promise<string[]> =>
    (await ask(base, `/segments?limit=50&${query}`)).segments.map(
      (one: { segment: string }) => one.segment,
    );
  const rowsLoaded = () => page.locator('table.segments[aria-busy=false] tbody tr').first();

  it('lists segments with their users, their change and their days', async () => {
    page = await visitor.open('');
    await rowsLoaded().waitFor();
    const { segments, total } = await ask(base, '/segments?limit=50&details=true');
    expect(await shownNames(page)).to.deep.equal(segments.map((one: Named) => one.segment));
    const [first] = segments;
    const cells = await page.locator('tbody tr').first().locator('td').allInnerTexts();
    expect(cells[0]).to.equal(first.user_count.toLocaleString('en'));
    const change = Math.round((first.week.now / first.week.before - 1) * 100);
    expect(cells[1]?.replace('\u2212', '-')).to.equal(`${change > 0 ? '+' : ''}${change}%`);
    const days = await page.locator('.sparkline').first().getAttribute('aria-label');
    expect(days).to.equal(`Users a day, today last: ${first.days.join(', ')}`);
    expect(await page.locator('.view-head').innerText()).to.contain(`${total} segments`);
  });

  it('searches while it is typed, and keeps the search in its link', async () => {
    page = await visitor.open('');
    await page.getByRole('searchbox').fill('TION-17');
    const expected = await listed('search=tion-17');
    await page.getByText(`${expected.length} segments found`).first().waitFor();
    expect(await shownNames(page)).to.deep.equal(expected);
    await page.reload();
    await rowsLoaded().waitFor();
    expect(await shownNames(page)).to.deep.equal(expected);
    await page.getByRole('searchbox').fill('nowhere');
    await page.getByText('No segment has “nowhere” in its name').waitFor();
  });

  it('sorts by what a heading says, both ways', async () => {
    page = await visitor.open('');
    for (const [title, query, direction] of [
      ['Segment', 'sort=name&order=asc', 'ascending'],
      ['Segment', 'sort=name&order=desc', 'descending'],
      ['Last active', 'sort=last_active&order=desc', 'descending'],
      ['Users', 'sort=count&order=desc', 'descending'],
      ['Users', 'sort=count&order=asc', 'ascending'],
    ] as const) {
      const heading = page.getByRole('columnheader', { name: title });
      const answered = page.waitForResponse((answer) => answer.url().includes('/segments?'));
      await heading.getByRole('button').click();
      await answered;
      await rowsLoaded().waitFor();
      expect(await heading.getAttribute('aria-sort'), query).to.equal(direction);
      expect(await shownNames(page), query).to.deep.equal(await listed(query));
    }
  });

  it('goes through pages and back, each with a link of its own', async () => {
    page = await visitor.open('#/?sort=name');
    await rowsLoaded().waitFor();
    const [first, next] = [await shownNames(page), page.getByRole('button', { name: 'Next' })];
    const turned = async (name: string | undefined) => {
      await page.locator('tbody tr').first().getByText(String(name), { exact: true }).waitFor();
    };
    const all = await ask(base, '/segments?sort=name&limit=1000');
    const names = all.segments.map((one: Named) => one.segment);
    for (let from = 50; from < names.length; from += 50) {
      await next.click();
      await turned(names[from]);
    }
    expect(await next.getAttribute('aria-disabled')).to.equal('true');
    expect(await shownNames(page)).to.deep.equal(
      names.slice(Math.floor((names.length - 1) / 50) * 50),
    );
    await page.getByRole('button', { name: 'Previous' }).click();
    await turned(names[names.length - (names.length % 50 || 50) - 50]);
    await page.goBack();
    await page.getByRole('button', { name: 'First' }).click();
    await turned(names[0]);
    expect(await shownNames(page)).to.deep.equal(first);
  });

  it('deletes a segment once that is confirmed', async () => {
    await storeUsers(base, 'to go', [0, 4]);
    page = await visitor.open('#/segment/to%20go');
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect((await ask(base, '/segment/to%20go')).user_count).to.equal(4);

    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Segments' }).waitFor();
    await page.getByText('to go is deleted').waitFor({ state: 'attached' });
    expect((await ask(base, '/segment/to%20go')).user_count).to.equal(0);
    expect(await listed('search=to%20go')).to.deep.equal([]);
  });

  it('downloads all that match, no name as a formula', async () => {
    page = await visitor.open('#/?search=section-1');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Download all/ }).click();
    const { segments } = await ask(base, '/segments?search=section-1&limit=1000');
    expect(segments.map((one: Named) => one.segment)).to.include(FORMULA);
    const rows = await rowsOf(await download);
    const text = ({ segment }: Named) => (segment === FORMULA ? `'${segment}` : segment);
    expect(rows).to.deep.equal(
      segments.map((one: Listed) => ({
        segment: text(one),
        user_count: String(one.user_count),
        last_active: one.last_active,
      })),
    );
  });

  it('complains of nothing, and asks nobody else', () => {
    expect(visitor.complaints).to.deep.equal([]);
  });
});

interface Named {
  segment: string;
}

interface Listed extends Named {
  user_count: number;
  last_active: string;
}
