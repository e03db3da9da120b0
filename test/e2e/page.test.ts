import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import type { Download, Page } from 'playwright-core';
import { type EsSystem, startEsWithRedis, storeUsers } from '../support/es.js';
import { ask, shownNames, startVisitor, type Visitor } from '../support/page.js';
import { startCommand } from '../support/process.js';

const IMPORT = [
  ...['node', '--import', 'tsx', 'scripts/import/main.ts', 'examples/visits.csv'],
  ...['--segment-field', 'section', '--user-field', 'visitor', '--time-field', 'visited_at'],
  ...['--shift-to-now', '--url'],
];

/** What a spreadsheet would run. */
const FORMULA = '=1+1, section-1';

describe('The page', function () {
  this.timeout(60_000);
  let es: EsSystem;
  let base: string;
  let visitor: Visitor;
  let page: Page;
  before(async () => {
    es = await startEsWithRedis();
    [base] = es.urls;
    const imported = startCommand([...IMPORT, base], {});
    expect((await imported.exited).code, imported.output()).to.equal(0);
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

  it('shows a segment with its interval, and changes its window', async () => {
    page = await visitor.open('');
    await page.getByRole('link', { name: 'section-1', exact: true }).click();
    await page.locator('.uplot canvas').waitFor();
    expect(await page.title()).to.equal('section-1 – Segments');
    for (const days of [14, 3, 1]) {
      await page.getByLabel('Window').selectOption(String(days));
      const estimate = await ask(base, `/segment/section-1/estimate?days=${days}`);
      await page.getByText(`${days} UTC day`, { exact: false }).first().waitFor();
      const figures = await page.locator('.figure dd').allInnerTexts();
      const { low, high } = estimate.interval;
      expect(figures.slice(0, 2)).to.deep.equal([`${estimate.user_count}`, `${low} to ${high}`]);
    }
    expect(page.url()).to.match(/#\/segment\/section-1\?days=1$/);
    const { history } = await ask(base, '/segment/section-1/history');
    await page.getByText('Days as a table').click();
    const cells = await page.locator('.history tbody tr').first().locator('td').allInnerTexts();
    const last = history.at(-1);
    expect(cells).to.deep.equal([last.user_count, last.rolling.user_count, 14].map(String));
  });

  it('draws an overlap to scale, of segments chosen from suggestions', async () => {
    page = await visitor.open('#/overlap');
    for (const [label, text] of [
      ['Segment A', 'section-0'],
      ['Segment B', 'section-1'],
      ['Segment C (optional)', 'section-2'],
    ] as const) {
      const field = page.getByRole('combobox', { name: label });
      await field.fill(text);
      await page.getByRole('option').getByText(text, { exact: true }).waitFor();
      await field.press('ArrowDown');
      await field.press('Enter');
      await page.waitForURL((url) => url.hash.includes(`segment=${text}`));
    }
    const overlap = await ask(base, '/overlap', {
      segments: ['section-0', 'section-1', 'section-2'],
      days: 14,
    });
    await page.locator('circle').nth(2).waitFor();
    const radii = await page
      .locator('circle')
      .evaluateAll((circles) => circles.map((circle) => Number(circle.getAttribute('r'))));
    const perUser = radii.map((radius, index) => radius ** 2 / overlap.segments[index].user_count);
    for (const area of perUser) expect(area / (perUser[0] as number)).to.be.closeTo(1, 0.001);

    const [pair] = overlap.pairs;
    const table = page.locator('table', { hasText: 'A and B' });
    const both = await table.locator('tbody tr').first().innerText();
    const { user_count, interval, reliable } = pair.intersection;
    expect(both).to.contain(reliable ? 'reliable' : 'rough, go by the interval');
    expect(both).to.contain(String(user_count));
    expect(both).to.contain(`${interval.low} to ${interval.high}`);
    expect(await table.locator('tbody tr').last().innerText()).to.match(/Jaccard index\s+[\d.]+%/);
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

  it('downloads the days of a segment', async () => {
    page = await visitor.open('#/segment/section-2');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download days as CSV' }).click();
    const { history } = await ask(base, '/segment/section-2/history');
    const rows = await rowsOf(await download);
    expect(rows.map(({ day, user_count }) => [day, Number(user_count)])).to.deep.equal(
      history.map((one: { day: string; user_count: number }) => [one.day, one.user_count]),
    );
  });

  it('follows what is stored while it is seen, and keeps the focus', async () => {
    page = await visitor.open('#/segment/section-3', {}, (tab) => tab.clock.install());
    const users = page.locator('.figure-main dd');
    const before = Number(await users.innerText());
    const choice = page.getByLabel('Window');
    await choice.focus();
    await storeUsers(base, 'section-3', [900_000, 900_500]);
    await page.clock.fastForward(5_000);
    await users.filter({ hasNotText: new RegExp(`^${before}$`) }).waitFor();
    expect(Number(await users.innerText())).to.be.closeTo(before + 500, 30);
    expect(
      await choice.evaluate((element) => element === element.ownerDocument.activeElement),
    ).to.equal(true);

    let requests = 0;
    page.on('request', () => {
      requests += 1;
    });
    const live = page.getByRole('switch', { name: 'Live' });
    await live.click();
    await page.locator('.live[aria-checked=false]').waitFor();
    await page.clock.fastForward(20_000);
    const answered = page.waitForResponse((answer) => answer.url().includes('/history'));
    await live.click();
    await answered;
    expect(requests).to.equal(2);
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

async function rowsOf(download: Download): Promise<Record<string, string>[]> {
  const text = readFileSync(await download.path(), 'utf8');
  return parse(text, { bom: true, columns: true });
}
